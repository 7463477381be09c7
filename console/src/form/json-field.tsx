import { useState } from 'react';
import type { FieldProps } from './field.js';
import { Frame, useEntry } from './frame.js';

/** What no other field can ask for: JSON, as it is typed. */
export function JsonField(props: FieldProps) {
  const { value, onChange, example, isRequired } = props;
  const [text, setText] = useState(() => (value === undefined ? '' : JSON.stringify(value, null, 2)));
  const [mistake, setMistake] = useState<string>();
  return (
    <Frame {...props} className="full" hint={isRequired ? 'JSON' : 'optional, JSON'}>
      <textarea
        {...useEntry(props)}
        className="mono"
        rows={4}
        spellCheck={false}
        value={text}
        placeholder={example === undefined ? undefined : JSON.stringify(example)}
        onChange={({ target }) => {
          setText(target.value);
          try {
            onChange(target.value.trim() === '' ? undefined : JSON.parse(target.value));
            setMistake(undefined);
          } catch (error) {
            setMistake(error instanceof Error ? error.message : String(error));
          }
        }}
      />
      {mistake !== undefined && <p className="wrong">This is not JSON yet: {mistake}</p>}
    </Frame>
  );
}
