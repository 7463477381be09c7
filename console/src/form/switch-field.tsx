import type { FieldProps } from './field.js';
import { Help, Mistakes, useEntry } from './frame.js';

/** Yes or no. */
export function SwitchField(props: FieldProps) {
  const { schema, value, onChange, pointer, label } = props;
  const fallback = schema.default === true;
  return (
    <div className="field">
      <label className="check">
        <input
          {...useEntry(props)}
          type="checkbox"
          checked={typeof value === 'boolean' ? value : fallback}
          onChange={({ target }) =>
            onChange(target.checked === fallback && !props.isRequired ? undefined : target.checked)
          }
        />
        {label}
      </label>
      <Mistakes pointer={pointer} />
      <Help pointer={pointer} text={schema.description} />
    </div>
  );
}
