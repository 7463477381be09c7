/** A choice between kinds of an object, and then the members of the one chosen. */
import { wordsOf } from '../format.js';
import type { FieldProps } from './field.js';
import { useForm } from './form-context.js';
import { Help, Mistakes } from './frame.js';
import { Members } from './object-field.js';
import { fieldIdOf, initialOf, isRecord, pointerTo, type Variants, variantOf, variantsOf } from './schema.js';

/** What a form can give to each variant: an example of that very one. */
export type ExampleOf = (value: string) => unknown;

export function VariantsField(props: FieldProps & { exampleOf?: ExampleOf }) {
  const { schema, value, onChange, pointer } = props;
  const { root } = useForm();
  const variants = variantsOf(schema, root);
  const variant = variants && variantOf(variants, value);
  if (variants === undefined || variant === undefined) return null;
  const place = pointerTo(pointer, variants.discriminator);
  return (
    <div className="stack full">
      <fieldset className="field">
        <legend className="label" style={{ marginBottom: 6 }}>
          {wordsOf(variants.discriminator)}
        </legend>
        <div className="choices" id={fieldIdOf(place)}>
          {variants.options.map((option) => (
            <label className="choice" key={option.value}>
              <input
                type="radio"
                name={fieldIdOf(place)}
                checked={option.value === variant.value}
                onChange={() => {
                  const example = props.exampleOf?.(option.value);
                  onChange(changedTo(variants, option.value, value, initialOf(option.schema, root, example)));
                }}
              />
              <span>{option.title || wordsOf(option.value)}</span>
            </label>
          ))}
        </div>
        <Mistakes pointer={place} />
        <Help pointer={place} text={variant.schema.description} />
      </fieldset>
      <Mistakes pointer={pointer} />
      <Members
        key={variant.value}
        {...props}
        schema={variant.schema}
        without={variants.discriminator}
        example={props.exampleOf?.(variant.value) ?? props.example}
        isRequired
      />
    </div>
  );
}

/** What was entered and means the same in the other variant stays. */
export function changedTo(
  { discriminator, options }: Variants,
  to: string,
  from: unknown,
  initial: unknown,
): unknown {
  const { properties = {} } = options.find(({ value }) => value === to)?.schema ?? {};
  const kept = Object.entries(isRecord(from) ? from : {}).filter(([name]) => name in properties);
  return { ...(isRecord(initial) ? initial : {}), ...Object.fromEntries(kept), [discriminator]: to };
}
