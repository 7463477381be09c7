import { useState } from 'react';
import { plural } from '../format.js';
import type { FieldProps } from './field.js';
import { Frame, useEntry } from './frame.js';
import { JsonField } from './json-field.js';
import { numberIn } from './number-field.js';

/** Many numbers, typed or pasted, with anything between them: commas, spaces, tabs or lines of a spreadsheet. */
export function NumbersField(props: FieldProps) {
  const { value, onChange, schema } = props;
  const isPlain =
    value === undefined || (Array.isArray(value) && value.every((each) => typeof each !== 'object'));
  return isPlain ? (
    <Numbers {...props} value={value} onChange={onChange} schema={schema} />
  ) : (
    <JsonField {...props} />
  );
}

function Numbers(props: FieldProps) {
  const { schema, value, onChange, isRequired } = props;
  const [text, setText] = useState(() => (Array.isArray(value) ? value.join(', ') : ''));
  const shown = isSame(numbersIn(text), value) ? text : Array.isArray(value) ? value.join(', ') : '';
  const fallback = Array.isArray(schema.default) ? schema.default.join(', ') : undefined;
  const count = Array.isArray(value) ? value.length : 0;
  const hint = [isRequired ? '' : 'optional', count > 0 ? plural(count, 'number') : '']
    .filter(Boolean)
    .join(', ');
  return (
    <Frame {...props} className="full" hint={hint}>
      <textarea
        {...useEntry(props)}
        rows={2}
        spellCheck={false}
        value={shown}
        placeholder={fallback ?? 'Type them, or paste a column of a spreadsheet'}
        onChange={({ target }) => {
          setText(target.value);
          const numbers = numbersIn(target.value);
          onChange(numbers.length === 0 && !isRequired ? undefined : numbers);
        }}
      />
    </Frame>
  );
}

const numbersIn = (text: string) =>
  text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map(numberIn);

const isSame = (numbers: readonly unknown[], value: unknown) =>
  Array.isArray(value)
    ? numbers.length === value.length && numbers.every((number, index) => number === value[index])
    : numbers.length === 0;
