/** One value of a payload, asked for as its schema says. Objects and lists are made of such fields again. */
import { ChoiceField } from './choice-field.js';
import { ColorField } from './color-field.js';
import { ExclusiveField } from './exclusive-field.js';
import { FileField } from './file-field.js';
import { useForm } from './form-context.js';
import { JsonField } from './json-field.js';
import { ListField } from './list-field.js';
import { NumberField } from './number-field.js';
import { NumbersField } from './numbers-field.js';
import { ObjectField } from './object-field.js';
import { PicksField } from './picks-field.js';
import { type FieldKind, kindOf, resolve, type Schema } from './schema.js';
import { SwitchField } from './switch-field.js';
import { TextField, TextsField, TimeField } from './text-field.js';
import { VariantsField } from './variants-field.js';

export interface FieldProps {
  /** What it is called; empty where what is around it has said so. */
  label: string;
  schema: Schema;
  value: unknown;
  /** Undefined takes the value out of the payload. */
  onChange(value: unknown): void;
  pointer: string;
  isRequired: boolean;
  /** What an example has here. */
  example?: unknown;
}

const fields: Readonly<Record<FieldKind, (props: FieldProps) => React.ReactNode>> = {
  variants: VariantsField,
  exclusive: ExclusiveField,
  object: ObjectField,
  map: JsonField,
  file: FileField,
  boolean: SwitchField,
  number: NumberField,
  choice: ChoiceField,
  text: TextField,
  color: ColorField,
  time: TimeField,
  numbers: NumbersField,
  picks: PicksField,
  texts: TextsField,
  list: ListField,
  json: JsonField,
};

export function Field(props: FieldProps) {
  const { root } = useForm();
  const schema = resolve(props.schema, root);
  const FieldOfKind = fields[kindOf(schema, root)];
  return (
    <FieldOfKind {...props} schema={schema} label={props.label === '' ? '' : (schema.title ?? props.label)} />
  );
}
