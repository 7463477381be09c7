import { useState } from 'react';
import type { FieldProps } from './field.js';
import { Frame, useEntry } from './frame.js';
import { placeholderOf } from './text-field.js';

/** A number. What is no number goes to the server as it is, which says what is wrong with it. */
export function NumberField(props: FieldProps) {
  const { schema, value, onChange, example } = props;
  const [text, setText] = useState(() => textOf(value));
  // Another value has come from outside.
  const shown = numberIn(text) === value ? text : textOf(value);
  return (
    <Frame {...props} className="short" hint={hintOf(props)}>
      <input
        {...useEntry(props)}
        type="text"
        inputMode={schema.type === 'integer' && (schema.minimum ?? -1) >= 0 ? 'numeric' : 'decimal'}
        autoComplete="off"
        value={shown}
        placeholder={placeholderOf(schema.default ?? example)}
        onChange={({ target }) => {
          setText(target.value);
          onChange(numberIn(target.value));
        }}
      />
    </Frame>
  );
}

const textOf = (value: unknown) => (value === undefined || value === null ? '' : String(value));

/** Undefined of nothing, a number of a number, else the text itself. */
export function numberIn(text: string): number | string | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : text;
}

/** The range, where both ends are worth saying. */
function hintOf({ schema: { minimum, maximum }, isRequired }: FieldProps): string | undefined {
  const words = isRequired ? [] : ['optional'];
  if (minimum !== undefined && maximum !== undefined && maximum < 1e12)
    words.push(`${minimum.toLocaleString('en')} to ${maximum.toLocaleString('en')}`);
  return words.length === 0 ? undefined : words.join(', ');
}
