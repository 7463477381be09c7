/** Exactly one of several members: where something comes from, for instance. */
import { useState } from 'react';
import { wordsOf } from '../format.js';
import { Field, type FieldProps } from './field.js';
import { Help, Mistakes } from './frame.js';
import { fieldIdOf, isRecord, pointerTo } from './schema.js';

export function ExclusiveField({ schema, value, onChange, pointer, label, example }: FieldProps) {
  const members = Object.entries(schema.properties ?? {});
  const known = isRecord(value) ? value : {};
  const [chosen, setChosen] = useState(
    () => members.find(([name]) => name in known)?.[0] ?? members[0]?.[0] ?? '',
  );
  const present = members.find(([name]) => known[name] !== undefined)?.[0];
  const shown = present ?? chosen;
  const member = schema.properties?.[shown] ?? {};
  return (
    <fieldset className="field full" id={fieldIdOf(pointer)}>
      <legend className="label" style={{ marginBottom: 6 }}>
        {label}
      </legend>
      <div className="choices">
        {members.map(([name]) => (
          <label className="choice" key={name}>
            <input
              type="radio"
              name={fieldIdOf(pointer)}
              checked={shown === name}
              onChange={() => {
                setChosen(name);
                onChange({});
              }}
            />
            <span>{nameOf(name)}</span>
          </label>
        ))}
      </div>
      <Mistakes pointer={pointer} />
      <Field
        key={shown}
        label={nameOf(shown)}
        schema={member}
        value={known[shown]}
        onChange={(next) => onChange(next === undefined ? {} : { [shown]: next })}
        pointer={pointerTo(pointer, shown)}
        isRequired
        example={isRecord(example) ? example[shown] : undefined}
      />
      <Help pointer={pointer} text={schema.description} />
    </fieldset>
  );
}

const words: Readonly<Record<string, string>> = {
  fileId: 'A file of mine',
  url: 'A URL',
  dataUri: 'A data: URI',
};

const nameOf = (name: string) => words[name] ?? wordsOf(name);
