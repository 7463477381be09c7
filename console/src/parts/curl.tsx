import { Copy } from './copy.js';

/** A command to take along. */
export const Curl = ({ command, label = 'The same with curl' }: { command: string; label?: string }) => (
  <details>
    <summary>{label}</summary>
    <div className="with-copy" style={{ marginTop: 10 }}>
      <Copy text={command} label="Copy the command" />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <pre className="code" tabIndex={0}>
        {command}
      </pre>
    </div>
  </details>
);
