/**
 * The schemas of the OpenAPI document: those with an id once, referred to from wherever they are used; a union whose
 * alternatives are all components says by which member they are told apart.
 */
import { z } from 'zod';

export type Json = Record<string, unknown>;

export class Components {
  readonly schemas: Record<string, Json> = {};
  /** What each name stands for, its references written out: two schemas of one id may differ. */
  readonly #meanings = new Map<string, string>();
  /** Most are in many places: a problem is an answer of every operation. */
  readonly #converted = { input: new Map<z.ZodType, Json>(), output: new Map<z.ZodType, Json>() };

  /** A schema, or the reference to it where it has an id. */
  schema(schema: z.ZodType, io: 'input' | 'output'): Json {
    const json = this.#converted[io].get(schema) ?? this.#convert(schema, io);
    this.#converted[io].set(schema, json);
    return json;
  }

  #convert(schema: z.ZodType, io: 'input' | 'output'): Json {
    const { $schema: _, $defs, ...json } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' }) as Json;
    const definitions = ($defs ?? {}) as Record<string, Json>;
    const names = new Map(Object.keys(definitions).map((id) => [id, this.#nameFor(id, definitions, io)]));
    const referring = <Value>(value: Value) => inComponents(value, { definitions, names, io });
    for (const [id, definition] of Object.entries(definitions))
      this.schemas[names.get(id) ?? id] ??= referring(definition);
    return referring(json);
  }

  #nameFor(id: string, definitions: Record<string, Json>, io: 'input' | 'output'): string {
    const meaning = JSON.stringify(writtenOut(definitions[id], definitions));
    const name =
      (this.#meanings.get(id) ?? meaning) === meaning ? id : `${id}${io === 'input' ? 'Input' : 'Output'}`;
    this.#meanings.set(name, meaning);
    return name;
  }
}

/** Definitions of one conversion, and the component that each of them became. */
interface Converted {
  definitions: Readonly<Record<string, Json>>;
  names: ReadonlyMap<string, string>;
  io: 'input' | 'output';
}

/** The same with its references pointing to the components, and unions told apart as generators want it. */
function inComponents<Value>(value: Value, converted: Converted): Value {
  if (Array.isArray(value)) return value.map((item) => inComponents(item, converted)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const members = mapValues(value as Json, (member, key) => {
    const id = key === '$ref' ? idIn(member) : undefined;
    return id === undefined ? inComponents(member, converted) : componentOf(id, converted);
  });
  const schema = { ...members, ...discriminatorOf(value, converted) };
  return (converted.io === 'input' ? withoutDefault(schema) : schema) as Value;
}

/**
 * What is sent may leave out a member that has a default. Some generators take every member with a `default`
 * for one that is always there, so the default is told in words.
 */
function withoutDefault({ default: fallback, ...schema }: Json): Json {
  if (fallback === undefined || 'properties' in schema)
    return fallback === undefined ? schema : { ...schema, default: fallback };
  const description = [schema.description, `Default: \`${JSON.stringify(fallback)}\`.`]
    .filter(Boolean)
    .join(' ');
  return { ...schema, description };
}

const componentOf = (id: string, { names }: Converted) => `#/components/schemas/${names.get(id) ?? id}`;

/** For alternatives that are all components, and each have one value of their own in the same member. */
function discriminatorOf(value: object, converted: Converted): Json {
  const options = 'oneOf' in value && Array.isArray(value.oneOf) ? (value.oneOf as Json[]) : [];
  const ids = options.map(({ $ref }) => idIn($ref) ?? '');
  const constants = ids.map((id) => constantsOf(converted.definitions[id]));
  const propertyName = Object.keys(constants[0] ?? {}).find((name) => constants.every((own) => name in own));
  if (propertyName === undefined) return {};
  const mapping = ids.map((id, index) => [constants[index]?.[propertyName], componentOf(id, converted)]);
  return { discriminator: { propertyName, mapping: Object.fromEntries(mapping) } };
}

const idIn = (reference: unknown): string | undefined =>
  typeof reference === 'string' ? /^#\/\$defs\/(.+)$/.exec(reference)?.[1] : undefined;

/** The members of an object that may have one value only, with that value. */
function constantsOf(schema: Json | undefined): Record<string, string> {
  const properties = Object.entries((schema?.properties ?? {}) as Record<string, { const?: string }>);
  return Object.fromEntries(
    properties.flatMap(([name, property]) => (property.const === undefined ? [] : [[name, property.const]])),
  );
}

function writtenOut(
  value: unknown,
  definitions: Record<string, Json>,
  within: readonly string[] = [],
): unknown {
  if (Array.isArray(value)) return value.map((item) => writtenOut(item, definitions, within));
  if (typeof value !== 'object' || value === null) return value;
  const id = '$ref' in value ? idIn(value.$ref) : undefined;
  if (id !== undefined && !within.includes(id))
    return writtenOut(definitions[id], definitions, [...within, id]);
  return mapValues(value as Json, (member) => writtenOut(member, definitions, within));
}

export const mapValues = <In, Out>(
  record: Readonly<Record<string, In>>,
  map: (value: In, key: string) => Out,
): Record<string, Out> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
