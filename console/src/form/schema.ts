/**
 * The part of JSON Schema that payloads are written in, and how a field of each kind is asked for. What is none of these
 * kinds is asked for as JSON, so every schema has a form.
 */

export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  minProperties?: number;
  maxProperties?: number;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  oneOf?: Schema[];
  anyOf?: Schema[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
}

/** A choice between objects, told apart by one member. */
export interface Variants {
  discriminator: string;
  options: readonly { value: string; title: string; schema: Schema }[];
}

export type FieldKind =
  | 'variants'
  | 'exclusive'
  | 'object'
  | 'map'
  | 'file'
  | 'boolean'
  | 'number'
  | 'choice'
  | 'text'
  | 'color'
  | 'time'
  | 'numbers'
  | 'picks'
  | 'texts'
  | 'list'
  | 'json';

/** A schema with its references followed. What stands beside a reference goes before what it leads to. */
export function resolve(schema: Schema, root: Schema): Schema {
  const name = schema.$ref?.replace('#/$defs/', '');
  if (name === undefined) return schema;
  const { $ref: _, ...own } = schema;
  return { ...resolve(root.$defs?.[name] ?? {}, root), ...own };
}

/** @param schema Resolved. */
export function kindOf(schema: Schema, root: Schema): FieldKind {
  if (variantsOf(schema, root) !== undefined) return 'variants';
  if (schema.enum !== undefined) return 'choice';
  switch (schema.type) {
    case 'object':
      return kindOfObject(schema);
    case 'array':
      return kindOfArray(resolve(schema.items ?? {}, root), root);
    case 'boolean':
      return 'boolean';
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
      if (schema.pattern?.startsWith('^file_')) return 'file';
      if (schema.pattern?.startsWith('^#(')) return 'color';
      return schema.format === 'date-time' ? 'time' : 'text';
    default:
      return 'json';
  }
}

function kindOfObject({ properties, minProperties, maxProperties, additionalProperties }: Schema): FieldKind {
  if (properties === undefined) return typeof additionalProperties === 'object' ? 'map' : 'json';
  return minProperties === 1 && maxProperties === 1 ? 'exclusive' : 'object';
}

function kindOfArray(items: Schema, root: Schema): FieldKind {
  const alternatives = (items.anyOf ?? [items]).map((each) => resolve(each, root));
  if (alternatives.some(({ type }) => type === 'number' || type === 'integer')) return 'numbers';
  if (items.enum !== undefined) return 'picks';
  return items.type === 'string' ? 'texts' : 'list';
}

/** Undefined where the schema is no such choice. */
export function variantsOf(schema: Schema, root: Schema): Variants | undefined {
  const options = (schema.oneOf ?? schema.anyOf)?.map((option) => resolve(option, root));
  const discriminator = Object.entries(options?.[0]?.properties ?? {}).find(
    ([, member]) => typeof member.const === 'string',
  )?.[0];
  if (options === undefined || discriminator === undefined) return undefined;
  const told = options.map((option) => ({
    value: String(option.properties?.[discriminator]?.const),
    title: option.title ?? '',
    schema: option,
  }));
  return { discriminator, options: told };
}

/** The variant that a value is, or the first. */
export function variantOf({ discriminator, options }: Variants, value: unknown) {
  const named = isRecord(value) ? value[discriminator] : undefined;
  return options.find((option) => option.value === named) ?? options[0];
}

/**
 * What a form begins with: required members as the example has them, so that it can be sent as it stands; optional ones
 * are left out, and their defaults are shown.
 */
export function initialOf(schema: Schema, root: Schema, example: unknown): unknown {
  const resolved = resolve(schema, root);
  const variants = variantsOf(resolved, root);
  if (variants !== undefined) {
    const variant = variantOf(variants, example);
    return variant && initialOf(variant.schema, root, example);
  }
  if (resolved.const !== undefined) return resolved.const;
  if (resolved.type !== 'object' || resolved.properties === undefined) return example;
  const required = Object.entries(resolved.properties).filter(([name]) => resolved.required?.includes(name));
  const known = isRecord(example) ? example : {};
  return Object.fromEntries(required.map(([name, member]) => [name, initialOf(member, root, known[name])]));
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A JSON Pointer, one step further. */
export const pointerTo = (pointer: string, step: string | number): string =>
  `${pointer}/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** The id of the element in which the value at a pointer is entered. */
export const fieldIdOf = (pointer: string): string => `field${pointer.replaceAll(/[^\w]/g, '-')}`;
