import { wordsOf } from '../format.js';
import type { FieldProps } from './field.js';
import { Frame, Mistakes, useEntry } from './frame.js';
import { fieldIdOf } from './schema.js';

/** So many are shown side by side; more go into a list. */
const inSightMax = 5;

/** One of a few. */
export function ChoiceField(props: FieldProps) {
  const { schema, value, onChange, pointer, label } = props;
  const entry = useEntry(props);
  const options = (schema.enum ?? []).map(String);
  const chosen = value === undefined ? schema.default : value;
  if (options.length > inSightMax || label === '')
    return (
      <Frame {...props} hint="">
        <select
          {...entry}
          value={String(chosen ?? '')}
          onChange={({ target }) => onChange(target.value || undefined)}
        >
          {chosen === undefined && <option value="">Choose…</option>}
          {options.map((option) => (
            <option key={option} value={option}>
              {wordsOf(option)}
            </option>
          ))}
        </select>
      </Frame>
    );
  return (
    <fieldset className="field" aria-describedby={entry['aria-describedby']}>
      <legend className="label">{label}</legend>
      <div className="choices" id={entry.id}>
        {options.map((option) => (
          <label className="choice" key={option}>
            <input
              type="radio"
              name={fieldIdOf(pointer)}
              checked={chosen === option}
              onChange={() => onChange(option)}
            />
            <span>{wordsOf(option)}</span>
          </label>
        ))}
      </div>
      <Mistakes pointer={pointer} />
      {schema.description !== undefined && (
        <p className="help" id={`${entry.id}-help`}>
          {schema.description.replaceAll('`', '')}
        </p>
      )}
    </fieldset>
  );
}
