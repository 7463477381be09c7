/** Texts: one, several, or a point in time. */
import { useState } from 'react';
import type { FieldProps } from './field.js';
import { Frame, useEntry } from './frame.js';

/** Characters from which on a text gets more than one line. */
const longFrom = 1_000;

export function TextField(props: FieldProps) {
  const { schema, value, onChange, example } = props;
  const shared = {
    ...useEntry(props),
    value: typeof value === 'string' ? value : '',
    placeholder: placeholderOf(schema.default ?? example),
    onChange: ({ target }: { target: { value: string } }) =>
      onChange(target.value === '' && !props.isRequired ? undefined : target.value),
  };
  const isLong = (schema.maxLength ?? 0) >= longFrom && schema.format === undefined && !isOneLine(example);
  return (
    <Frame {...props} className={isLong ? 'full' : ''}>
      {isLong ? <textarea {...shared} rows={3} /> : <input {...shared} type="text" autoComplete="off" />}
    </Frame>
  );
}

export function TextsField(props: FieldProps) {
  const { value, onChange } = props;
  const [text, setText] = useState(() => (Array.isArray(value) ? value.join(', ') : ''));
  return (
    <Frame {...props} hint={props.isRequired ? 'separated by commas' : 'optional, separated by commas'}>
      <input
        {...useEntry(props)}
        type="text"
        autoComplete="off"
        value={text}
        onChange={({ target }) => {
          setText(target.value);
          const texts = target.value.split(',').map((each) => each.trim());
          const given = texts.filter(Boolean);
          onChange(given.length === 0 && !props.isRequired ? undefined : given);
        }}
      />
    </Frame>
  );
}

export function TimeField(props: FieldProps) {
  const { value, onChange } = props;
  return (
    <Frame {...props}>
      <input
        {...useEntry(props)}
        type="datetime-local"
        value={typeof value === 'string' ? localTimeOf(value) : ''}
        onChange={({ target }) =>
          onChange(target.value === '' ? undefined : new Date(target.value).toISOString())
        }
      />
    </Frame>
  );
}

export function placeholderOf(example: unknown): string | undefined {
  if (typeof example === 'string') return example.length > 120 ? `${example.slice(0, 120)}…` : example;
  return typeof example === 'number' ? String(example) : undefined;
}

const isOneLine = (example: unknown) => typeof example === 'string' && example.length < 80;

/** As the browser's own entry wants it: without a zone, in that of the reader. */
function localTimeOf(at: string): string {
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
