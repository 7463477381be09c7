import type { FieldProps } from './field.js';
import { useForm } from './form-context.js';
import { Help, Mistakes } from './frame.js';
import { fieldIdOf, resolve } from './schema.js';

/** Any of a few. */
export function PicksField({ schema, value, onChange, pointer, label, isRequired }: FieldProps) {
  const { root } = useForm();
  const options = (resolve(schema.items ?? {}, root).enum ?? []).map(String);
  const picked = (Array.isArray(value) ? value : Array.isArray(schema.default) ? schema.default : []).map(
    String,
  );
  return (
    <fieldset className="field full">
      <legend className="label">{label}</legend>
      <div className="choices" id={fieldIdOf(pointer)}>
        {options.map((option) => (
          <label className="choice" key={option}>
            <input
              type="checkbox"
              checked={picked.includes(option)}
              onChange={({ target }) => {
                const next = options.filter((each) =>
                  each === option ? target.checked : picked.includes(each),
                );
                onChange(next.length === 0 && !isRequired ? undefined : next);
              }}
            />
            <span>{option}</span>
          </label>
        ))}
      </div>
      <Mistakes pointer={pointer} />
      <Help pointer={pointer} text={schema.description} />
    </fieldset>
  );
}
