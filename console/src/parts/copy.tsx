import { useState } from 'react';
import { Icon } from './icon.js';

/** Copies a text, and says that it has. */
export function Copy({ text, label }: { text: string; label: string }) {
  const [isCopied, setIsCopied] = useState(false);
  return (
    <button
      type="button"
      className="quiet square"
      title={label}
      aria-label={isCopied ? 'Copied' : label}
      onClick={async () => {
        await copyText(text);
        setIsCopied(true);
        setTimeout(() => setIsCopied(false), 1_500);
      }}
    >
      <Icon name={isCopied ? 'check' : 'copy'} />
    </button>
  );
}

/** Without TLS a browser offers no clipboard but that of a selection. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}
