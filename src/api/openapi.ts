/**
 * The OpenAPI 3.1 document, from the table of operations and the registry of job types. Schemas with an id
 * become components; a schema that differs between what is sent and what is answered (defaults are optional
 * to send) is there twice, once as `…Input`.
 */
import { stringify } from 'yaml';
import { z } from 'zod';
import { type ErrorCode, errors } from '../models/errors.js';
import { problemSchema } from '../models/job.js';
import { version } from '../version.js';
import type { Registry } from '../workers/registry.js';
import type { Callback, Content, Operation, Parameter } from './operation.js';

type Json = Record<string, unknown>;

/** What every operation can answer. */
export const commonErrors: readonly ErrorCode[] = [
  'invalid_request',
  'url_too_long',
  'headers_too_large',
  'misdirected_request',
  'rate_limited',
  'server_busy',
  'internal_error',
];

/** What every operation can answer that is not open to everybody. */
export const accessErrors: readonly ErrorCode[] = ['unauthenticated', 'forbidden'];

const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, `jw_…`, where the server has keys.',
  },
  apiKey: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Api-Key',
    description: 'The same for clients that cannot set `Authorization`.',
  },
};

/** @param options `hasKeys`: whether the server asks for API keys. Default: true. */
export function openApiDocument(
  operations: readonly Operation[],
  registry: Registry,
  { hasKeys = true } = {},
): Json {
  const components = new Components();
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = operation.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = {
      ...paths[path],
      [operation.method]: {
        ...operationObject(operation, registry, components),
        ...(hasKeys ? securityOf(operation) : {}),
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Jobwright',
      version,
      summary: 'Post a job, a worker runs it with retries, read the result.',
      description:
        'Submit a job with `POST /api/jobs`, read it with `GET /api/jobs/{id}` until its status is final. ' +
        'Every error is an `application/problem+json` (RFC 9457).',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    // Relative to this document, so it is right behind any path prefix.
    servers: [{ url: '.', description: 'This server' }],
    tags: [
      { name: 'Jobs', description: 'Submit, follow, list and change jobs.' },
      { name: 'Schedules', description: 'Jobs that are submitted again and again.' },
      { name: 'Files', description: 'What jobs read and write.' },
      { name: 'Types', description: 'The contracts of the job types, and what error codes mean.' },
      { name: 'Service', description: 'Probes, and the workers that are alive.' },
    ],
    security: [],
    paths,
    components: { schemas: components.schemas, securitySchemes },
  };
}

/** Either of the two; OpenAPI 3.1 lets a scheme name the role that it needs. */
function securityOf({ scope }: Operation): Json {
  if (scope === 'open') return {};
  const roles = scope === 'any' ? [] : [scope];
  return { security: [{ bearer: roles }, { apiKey: roles }] };
}

/** The same in YAML: what `openapi.yaml` holds. */
export const openApiYaml = (
  operations: readonly Operation[],
  registry: Registry,
  options: { hasKeys?: boolean } = {},
): string => yamlOf(openApiDocument(operations, registry, options));

export const yamlOf = (document: Json): string =>
  stringify(document, { aliasDuplicateObjects: false, lineWidth: 110 });

function operationObject(operation: Operation, registry: Registry, components: Components): Json {
  const { id, tag, summary, description, parameters, body } = operation;
  const success = Object.entries(operation.responses(registry)).map(([status, response]) => [
    status,
    {
      description: response.description,
      ...(response.headers === undefined ? {} : { headers: mapValues(response.headers, headerObject) }),
      ...(response.content === undefined
        ? {}
        : {
            content: mapValues(response.content, (content) => contentObject(content, 'output', components)),
          }),
    },
  ]);
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(parameters === undefined
      ? {}
      : { parameters: parameters.map((parameter) => parameterObject(parameter, components)) }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: mapValues(body(registry), (content) => contentObject(content, 'input', components)),
          },
        }),
    responses: withProblems(Object.fromEntries(success), problemResponses(operation, components)),
    ...(operation.callbacks === undefined
      ? {}
      : {
          callbacks: mapValues(operation.callbacks(registry), (callback) =>
            callbackObject(callback, operation, components),
          ),
        }),
  };
}

/** A request that goes the other way: this server sends it. */
function callbackObject(callback: Callback, { tag }: Operation, components: Components): Json {
  const { url, id, summary, description, parameters, body, responses } = callback;
  return {
    [url]: {
      post: {
        operationId: id,
        tags: [tag],
        summary,
        description,
        parameters: parameters.map((parameter) => ({
          ...parameterObject(parameter, components),
          required: true,
        })),
        requestBody: {
          required: true,
          content: mapValues(body, (content) => contentObject(content, 'output', components)),
        },
        responses: mapValues(responses, (meaning) => ({ description: meaning })),
      },
    },
  };
}

/** A status may stand for a problem and for something else: the media type tells them apart. */
function withProblems(
  responses: Record<string, Json>,
  problems: readonly [string, Json][],
): Record<string, Json> {
  const both = problems.map(([status, problem]) => {
    const own = responses[status];
    if (own === undefined) return [status, problem];
    const description = `${own.description}\n${problem.description}`;
    return [status, { ...own, description, content: { ...(own.content ?? {}), ...(problem.content ?? {}) } }];
  });
  return { ...responses, ...Object.fromEntries(both) };
}

/** One response for each status; its description names the codes that share it. */
function problemResponses({ errors: own, scope }: Operation, components: Components): [string, Json][] {
  const codes = [...new Set([...own, ...(scope === 'open' ? [] : accessErrors), ...commonErrors])];
  const statuses = [...new Set(codes.map((code) => errors[code].status))].sort();
  return statuses.map((status) => [
    String(status),
    {
      description: codes
        .filter((code) => errors[code].status === status)
        .map((code) => `\`${code}\`: ${errors[code].title}.`)
        .join('\n'),
      content: { 'application/problem+json': { schema: components.schema(problemSchema, 'output') } },
    },
  ]);
}

const parameterObject = (
  { name, in: place, schema, description, example }: Parameter,
  components: Components,
) => ({
  name,
  in: place,
  required: place === 'path',
  description,
  schema: components.schema(schema, 'input'),
  ...(example === undefined ? {} : { example }),
});

const headerObject = ({ description, schema }: { description: string; schema?: Json }) => ({
  description,
  schema: schema ?? { type: 'string' },
});

const contentObject = (
  { schema, examples, io }: Content,
  side: 'input' | 'output',
  components: Components,
): Json => ({
  schema: 'jsonSchema' in schema ? schema.jsonSchema : components.schema(schema, io ?? side),
  ...(examples === undefined ? {} : { examples }),
});

/** The schemas of the document: those with an id once, referred to from wherever they are used. */
class Components {
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

const mapValues = <In, Out>(
  record: Readonly<Record<string, In>>,
  map: (value: In, key: string) => Out,
): Record<string, Out> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
