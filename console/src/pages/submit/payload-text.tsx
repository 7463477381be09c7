import { useState } from 'react';
import { isRecord } from '../../form/schema.js';
import { type Draft, requestOf } from './draft.js';

/** The whole request as JSON, to write or to paste. */
export function PayloadText({ draft, onChange }: { draft: Draft; onChange(draft: Draft): void }) {
  const [text, setText] = useState(() => JSON.stringify(requestOf(draft), null, 2));
  const [mistake, setMistake] = useState<string>();
  const read = (written: string) => {
    setText(written);
    try {
      const value: unknown = JSON.parse(written);
      setMistake(undefined);
      // A payload alone is taken for what it is.
      if (isRecord(value) && 'payload' in value)
        onChange({
          type: typeof value.type === 'string' ? value.type : draft.type,
          payload: value.payload,
          options: isRecord(value.options) ? value.options : {},
        });
      else onChange({ ...draft, payload: value });
    } catch (error) {
      setMistake(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <div className="field">
      <label htmlFor="request-text">The request, as JSON</label>
      <textarea
        id="request-text"
        className="mono"
        rows={Math.min(24, Math.max(10, text.split('\n').length + 1))}
        spellCheck={false}
        value={text}
        aria-invalid={mistake !== undefined}
        aria-describedby="request-text-help"
        onChange={({ target }) => read(target.value)}
      />
      <div id="request-text-help">
        {mistake === undefined ? (
          <p className="help">
            The server checks it while you write. Nothing is submitted before you run it.
          </p>
        ) : (
          <p className="wrong">This is not JSON yet: {mistake}</p>
        )}
      </div>
    </div>
  );
}
