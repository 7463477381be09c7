import { wordsOf } from '../format.js';
import { Field, type FieldProps } from './field.js';
import { useForm } from './form-context.js';
import { Help, Mistakes } from './frame.js';
import { fieldIdOf, isRecord, kindOf, pointerTo, resolve, type Schema } from './schema.js';

/** An object: its members, and around them a line where it is not the whole form. */
export function ObjectField(props: FieldProps) {
  const { schema, value, label, pointer, isRequired } = props;
  if (label === '') return <Members {...props} />;
  const summary = (
    <>
      {label}
      {!isRequired && <span className="faint">optional</span>}
    </>
  );
  const body = (
    <div className="stack" style={{ marginTop: 12 }}>
      <Mistakes pointer={pointer} />
      <Help pointer={pointer} text={schema.description} />
      <Members {...props} />
    </div>
  );
  if (isRequired)
    return (
      <fieldset className="group full" id={fieldIdOf(pointer)}>
        <legend className="hidden-visually">{label}</legend>
        <p className="label" aria-hidden="true">
          {summary}
        </p>
        {body}
      </fieldset>
    );
  return (
    <details className="group full" open={value !== undefined} id={fieldIdOf(pointer)}>
      <summary>{summary}</summary>
      {body}
    </details>
  );
}

/** @param without Members that something else asks for. */
export function Members({ without, ...props }: FieldProps & { without?: string }) {
  const { schema, value, onChange, pointer, example } = props;
  const { root, mistakes } = useForm();
  const known = isRecord(value) ? value : {};
  const examples = isRecord(example) ? example : {};
  const members = Object.entries(schema.properties ?? {}).filter(([name]) => name !== without);
  // Whoever has nothing special to say about any of them need not scroll past the large ones first.
  const ordered = [...members].sort(([, one], [, other]) => weightOf(one, root) - weightOf(other, root));
  const isEmpty = (record: object) => Object.values(record).every((member) => member === undefined);
  const shown = schema.required === undefined ? ordered : members;
  const isMinor = ([name, member]: (typeof members)[number]) => {
    const resolved = resolve(member, root);
    const isUsual = resolved.default !== undefined || kindOf(resolved, root) === 'color';
    return isUsual && !schema.required?.includes(name);
  };
  const minor = shown.filter(isMinor);
  const isFolded = minor.length > minorMax && minor.length < shown.length;
  const fieldOf = ([name, member]: (typeof members)[number]) => (
    <Field
      key={name}
      label={wordsOf(name)}
      schema={member}
      value={known[name]}
      onChange={(next) => {
        const { [name]: _, ...others } = known;
        const changed = next === undefined ? others : { ...known, [name]: next };
        onChange(isEmpty(changed) && !props.isRequired ? undefined : changed);
      }}
      pointer={pointerTo(pointer, name)}
      isRequired={schema.required?.includes(name) ?? false}
      example={examples[name]}
    />
  );
  if (!isFolded) return <div className="fields">{shown.map(fieldOf)}</div>;
  const isOpen = minor.some(
    ([name]) =>
      known[name] !== undefined || mistakes.some((each) => each.pointer === pointerTo(pointer, name)),
  );
  return (
    <div className="stack">
      <div className="fields">{shown.filter((member) => !isMinor(member)).map(fieldOf)}</div>
      <details open={isOpen || undefined}>
        <summary>More settings</summary>
        <div className="fields" style={{ marginTop: 14 }}>
          {minor.map(fieldOf)}
        </div>
      </details>
    </div>
  );
}

/** So many members that have a default stay in sight beside those that have none. */
const minorMax = 2;

const weightOf = (schema: Schema, root: Schema) =>
  ['object', 'list', 'json', 'map'].includes(kindOf(resolve(schema, root), root)) ? 1 : 0;
