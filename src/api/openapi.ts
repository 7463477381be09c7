/**
 * The OpenAPI 3.1 document, from the table of operations and the registry of job types. Schemas with an id
 * become components; a schema that differs between what is sent and what is answered (defaults are optional
 * to send) is there twice, once as `…Input`.
 */
import { stringify } from 'yaml';
import { type ErrorCode, errors } from '../models/errors.js';
import { problemSchema } from '../models/job.js';
import { version } from '../version.js';
import type { Registry } from '../workers/registry.js';
import { Components, type Json, mapValues } from './openapi-components.js';
import type { Callback, Content, Operation, Parameter } from './operation.js';

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
