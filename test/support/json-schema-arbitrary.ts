/**
 * From JSON Schema, as far as our OpenAPI document uses it, to values for property-based tests: those that fit, and
 * those that nearly do. What a schema says in words only (a refinement) a value may still break.
 */
import fc from 'fast-check';

export type JsonSchema = { readonly [keyword: string]: unknown };

/** Schemas of other schemas, by reference: `#/components/schemas/Job`. */
export type Resolve = (reference: string) => JsonSchema;

/** Levels of a schema that are written out; below, only what is required. */
const depthMax = 6;

/** Values that fit the schema. */
export function fitting(schema: JsonSchema, resolve: Resolve, depth = 0): fc.Arbitrary<unknown> {
  if (typeof schema.$ref === 'string') return fitting(resolve(schema.$ref), resolve, depth);
  if ('const' in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  const alternatives = (schema.oneOf ?? schema.anyOf) as JsonSchema[] | undefined;
  if (alternatives !== undefined)
    return fc.oneof(...alternatives.map((alternative) => fitting(alternative, resolve, depth)));
  if (Array.isArray(schema.allOf))
    return fitting(Object.assign({}, ...(schema.allOf as JsonSchema[])), resolve, depth);
  switch (schema.type) {
    case 'object':
      return objects(schema, resolve, depth);
    case 'array':
      return arrays(schema, resolve, depth);
    case 'string':
      return strings(schema);
    case 'integer':
    case 'number':
      return numbers(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

/** The same, with one or two places that are something else. */
export const nearlyFitting = (arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(arbitrary, fc.array(fc.tuple(fc.nat(), change), { minLength: 1, maxLength: 2 }))
    .map(([value, changes]) =>
      changes.reduce((changed, [place, how]) => changedAt(changed, place, how), value),
    );

/** Names that mean something to JavaScript, to Redis or to a shell. */
export const hostileNames = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'then',
  'toJSON',
  'length',
  '',
  '{}',
  'a\u0000b',
  'a\nb',
  '*',
  '../../etc/passwd',
];

export const hostileTexts = fc.oneof(
  fc.constantFrom(
    ...hostileNames,
    '<script>alert(1)</script>',
    '\r\nX-Injected: 1',
    '\ud800',
    '\ufeff',
    '\u202etxt.exe',
    'ｃａｌｃｕｌａｔｉｏｎ',
    'NaN',
    '1e999',
    'http://127.0.0.1/',
    'file:///etc/passwd',
    'x'.repeat(10_000),
    "' OR 1=1 --",
    '{{7*7}}',
    '%00',
    '%s%n',
    '{jobwright}:*',
  ),
  fc.string({ unit: 'binary', maxLength: 50 }),
);

export const hostileValues: fc.Arbitrary<unknown> = fc.oneof(
  hostileTexts,
  fc.constantFrom(null, true, false, 0, -0, -1, 1.5, 2 ** 53, -(2 ** 63), 1e308, 5e-324, [], {}, [[]]),
  fc.constantFrom(...hostileNames).map((name) => JSON.parse(`{${JSON.stringify(name)}: {"polluted": true}}`)),
  fc.jsonValue({ maxDepth: 3 }),
  fc.integer({ min: 1, max: 200 }).map((depth) => JSON.parse('['.repeat(depth) + ']'.repeat(depth))),
);

type Change =
  | { kind: 'replace'; value: unknown }
  | { kind: 'remove' }
  | { kind: 'add'; name: string; value: unknown };

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('replace' as const), value: hostileValues }),
  fc.record({ kind: fc.constant('remove' as const) }),
  fc.record({
    kind: fc.constant('add' as const),
    name: fc.oneof(fc.constantFrom(...hostileNames), fc.string({ maxLength: 20 })),
    value: hostileValues,
  }),
);

/** The value with one of its nodes changed: the `place`-th, counted around. */
function changedAt(value: unknown, place: number, how: Change): unknown {
  const nodes = nodesOf(value);
  const path = nodes[place % nodes.length] ?? [];
  return changedIn(value, path, how);
}

function nodesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, member]) => nodesOf(member, [...path, key]))];
}

function changedIn(value: unknown, path: readonly string[], how: Change): unknown {
  const [key, ...rest] = path;
  if (key === undefined) {
    if (how.kind === 'replace') return how.value;
    return how.kind === 'add' && isObject(value) ? withMember(value, how.name, how.value) : value;
  }
  if (Array.isArray(value)) {
    const items = [...value];
    if (how.kind === 'remove' && rest.length === 0) items.splice(Number(key), 1);
    else items[Number(key)] = changedIn(items[Number(key)], rest, how);
    return items;
  }
  if (!isObject(value)) return value;
  if (how.kind === 'remove' && rest.length === 0)
    return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
  return withMember(value, key, changedIn(Reflect.get(value, key), rest, how));
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Also of a member `__proto__`, which JSON may have. */
const withMember = (value: object, name: string, member: unknown): object =>
  Object.fromEntries([...Object.entries(value).filter(([key]) => key !== name), [name, member]]);

function objects(schema: JsonSchema, resolve: Resolve, depth: number): fc.Arbitrary<unknown> {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>);
  const required = (schema.required ?? []) as string[];
  const wanted = properties.filter(([name]) => depth < depthMax || required.includes(name));
  const known = fc.record(
    Object.fromEntries(wanted.map(([name, property]) => [name, fitting(property, resolve, depth + 1)])),
    {
      requiredKeys: required.filter((name) => wanted.some(([each]) => each === name)),
      noNullPrototype: true,
    },
  );
  const { additionalProperties } = schema;
  if (!isObject(additionalProperties)) return known;
  const more = fc.dictionary(
    fc.string({ maxLength: 20 }),
    fitting(additionalProperties as JsonSchema, resolve, depth + 1),
    {
      maxKeys: Math.min(3, Number(schema.maxProperties ?? 3)),
      noNullPrototype: true,
    },
  );
  return fc.tuple(more, known).map(([others, own]) => ({ ...others, ...own }));
}

function arrays(schema: JsonSchema, resolve: Resolve, depth: number): fc.Arbitrary<unknown> {
  const minLength = Number(schema.minItems ?? 0);
  const maxLength = Math.min(Number(schema.maxItems ?? 5), Math.max(minLength, depth < depthMax ? 5 : 0));
  // What repeats itself for ever in its items ends here.
  if (maxLength === 0) return fc.constant([]);
  if (Array.isArray(schema.prefixItems))
    return fc.tuple(...(schema.prefixItems as JsonSchema[]).map((item) => fitting(item, resolve, depth + 1)));
  return fc.array(fitting((schema.items ?? {}) as JsonSchema, resolve, depth + 1), { minLength, maxLength });
}

function strings({ pattern, format, minLength = 0, maxLength = 40 }: JsonSchema): fc.Arbitrary<string> {
  if (format === 'date-time')
    return fc
      .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
      .map((date) => date.toISOString());
  if (format === 'uri') return fc.webUrl({ withQueryParameters: true });
  const limits = { minLength: Number(minLength), maxLength: Math.min(Number(maxLength), 40) };
  return (
    (typeof pattern === 'string' ? matching(pattern) : undefined) ??
    fc.string({ ...limits, unit: 'grapheme' })
  );
}

/** Undefined for what fast-check cannot turn around, a look-ahead for example. */
function matching(pattern: string): fc.Arbitrary<string> | undefined {
  for (const flags of ['', 'u'])
    try {
      return fc.stringMatching(new RegExp(pattern, flags), { maxLength: 60 });
    } catch {
      // Not with these flags.
    }
  return undefined;
}

function numbers(schema: JsonSchema): fc.Arbitrary<number> {
  const min = Number(schema.minimum ?? Number(schema.exclusiveMinimum ?? -1e9));
  const max = Number(schema.maximum ?? Number(schema.exclusiveMaximum ?? 1e9));
  return schema.type === 'integer'
    ? fc.integer({
        min: Math.ceil(Math.max(min, Number.MIN_SAFE_INTEGER)),
        max: Math.floor(Math.min(max, Number.MAX_SAFE_INTEGER)),
      })
    : fc.double({ min, max, noNaN: true, noDefaultInfinity: true });
}
