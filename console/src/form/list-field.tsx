/** A list of objects, in an order that can be changed. */
import { useRef } from 'react';
import { wordsOf } from '../format.js';
import { Icon } from '../parts/icon.js';
import { Field, type FieldProps } from './field.js';
import { useForm } from './form-context.js';
import { Help, Mistakes } from './frame.js';
import { Members } from './object-field.js';
import { fieldIdOf, initialOf, isRecord, pointerTo, resolve, variantOf, variantsOf } from './schema.js';
import { changedTo } from './variants-field.js';

export function ListField(props: FieldProps) {
  const { schema, value, onChange, pointer, label, example } = props;
  const { root } = useForm();
  const items = Array.isArray(value) ? value : [];
  const item = resolve(schema.items ?? {}, root);
  const keys = useKeys(items.length);
  const first = initialOf(item, root, Array.isArray(example) ? example[0] : undefined);
  const replace = (index: number, next: unknown) =>
    onChange(items.map((each, at) => (at === index ? next : each)));
  const remove = (index: number) => {
    keys.splice(index, 1);
    onChange(items.filter((_, at) => at !== index));
  };
  const swap = (index: number) => {
    keys.splice(index - 1, 2, keys[index] ?? 0, keys[index - 1] ?? 0);
    onChange(
      items.map((each, at) => (at === index - 1 ? items[index] : at === index ? items[index - 1] : each)),
    );
  };
  return (
    <fieldset className="field full" id={fieldIdOf(pointer)}>
      <legend className="label" style={{ marginBottom: 6 }}>
        {label}
      </legend>
      <div className="stack" style={{ gap: 10 }}>
        {items.map((each, index) => (
          <div className="step" key={keys[index]}>
            <div className="step-head">
              <h3>
                <span className="step-number">{index + 1}</span>
                <ItemKind {...{ item, value: each, index, onChange: (next) => replace(index, next) }} />
              </h3>
              <div className="row" style={{ gap: 0 }}>
                {index > 0 && (
                  <button
                    type="button"
                    className="quiet square"
                    aria-label={`Move step ${index + 1} up`}
                    onClick={() => swap(index)}
                  >
                    <Icon name="up" />
                  </button>
                )}
                {items.length > (schema.minItems ?? 0) && (
                  <button
                    type="button"
                    className="quiet square"
                    aria-label={`Remove step ${index + 1}`}
                    onClick={() => remove(index)}
                  >
                    <Icon name="close" />
                  </button>
                )}
              </div>
            </div>
            <Item
              {...{
                item,
                value: each,
                onChange: (next) => replace(index, next),
                pointer: pointerTo(pointer, index),
              }}
            />
          </div>
        ))}
        <div>
          <button type="button" className="button" onClick={() => onChange([...items, first])}>
            <Icon name="plus" /> {items.length === 0 ? 'Add' : 'Add another'}
          </button>
        </div>
      </div>
      <Mistakes pointer={pointer} />
      <Help pointer={pointer} text={schema.description} />
    </fieldset>
  );
}

type ItemProps = { item: FieldProps['schema']; value: unknown; onChange(next: unknown): void };

/** Which kind of object an item is, where there are several. */
function ItemKind({ item, value, index, onChange }: ItemProps & { index: number }) {
  const { root } = useForm();
  const variants = variantsOf(item, root);
  const variant = variants && variantOf(variants, value);
  if (variants === undefined || variant === undefined) return null;
  return (
    <select
      aria-label={`${wordsOf(variants.discriminator)} ${index + 1}`}
      value={variant.value}
      onChange={({ target }) => {
        const chosen = variants.options.find((option) => option.value === target.value);
        if (chosen)
          onChange(changedTo(variants, target.value, value, initialOf(chosen.schema, root, undefined)));
      }}
    >
      {variants.options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.title || wordsOf(option.value)}
        </option>
      ))}
    </select>
  );
}

function Item({ item, value, onChange, pointer }: ItemProps & { pointer: string }) {
  const { root } = useForm();
  const variants = variantsOf(item, root);
  const variant = variants && variantOf(variants, value);
  const shared = { value, onChange, pointer, isRequired: true, label: '' };
  if (variants === undefined || variant === undefined) return <Field {...shared} schema={item} />;
  return (
    <div className="stack" key={variant.value}>
      <Help pointer={pointer} text={variant.schema.description} />
      <Mistakes pointer={pointer} />
      {isRecord(value) && <Members {...shared} schema={variant.schema} without={variants.discriminator} />}
    </div>
  );
}

/** A name for each item that moves with it. */
function useKeys(count: number): number[] {
  const keys = useRef<number[]>([]);
  const next = useRef(0);
  while (keys.current.length < count) {
    keys.current.push(next.current);
    next.current += 1;
  }
  keys.current.length = count;
  return keys.current;
}
