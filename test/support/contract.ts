/**
 * Holds every answer of the API under test against the OpenAPI document: an operation may answer only what
 * the document says, whatever the test at hand is about.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { openApiDocument } from '../../src/api/openapi.js';
import { operations } from '../../src/api/operations.js';
import type { Registry } from '../../src/workers/registry.js';

interface DocumentedResponse {
  content?: Record<string, { schema: object }>;
}

export interface Contract {
  /** The app, watched. */
  watch(app: RequestListener): RequestListener;
  /** What was answered and is not documented. */
  readonly violations: string[];
}

export function contractOf(registry: Registry, basePath: string): Contract {
  const { patterns, mistakesIn } = documentOf(registry);
  const violations: string[] = [];

  function check(request: IncomingMessage, response: ServerResponse, body: string): void {
    const path = (request.url ?? '').split('?')[0]?.replace(new RegExp(`^${basePath}`), '') ?? '';
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const operation = patterns.find(
      (candidate) => candidate.method === method && candidate.pattern.test(path),
    );
    if (operation === undefined) return;
    const what = `${request.method} ${path}: ${response.statusCode}`;
    const documented = operation.responses[response.statusCode];
    if (documented === undefined) return void violations.push(`${what} is not documented`);
    const mediaType = String(response.getHeader('Content-Type') ?? '').split(';')[0] ?? '';
    if (body === '' || documented.content === undefined || !mediaType.endsWith('json')) return;
    if (documented.content[mediaType] === undefined)
      return void violations.push(`${what} as ${mediaType} is not documented`);
    const mistakes = mistakesIn(
      JSON.parse(body),
      `${operation.pointer}/responses/${response.statusCode}/content/${mediaType.replaceAll('/', '~1')}/schema`,
    );
    if (mistakes !== undefined) violations.push(`${what}: ${mistakes}\n${body.slice(0, 500)}`);
  }

  return {
    violations,
    watch: (app) => (request, response) => {
      const end = response.end.bind(response);
      response.end = ((chunk?: unknown, ...rest: never[]) => {
        check(request, response, textOf(chunk, response));
        return end(chunk, ...rest);
      }) as typeof response.end;
      app(request, response);
    },
  };
}

interface Document {
  patterns: readonly {
    pattern: RegExp;
    pointer: string;
    method: string;
    responses: Record<string, DocumentedResponse>;
  }[];
  /** @param pointer Of a schema. */
  mistakesIn(answer: unknown, pointer: string): string | undefined;
}

/** By the modules of the job types. A test file starts many servers; writing the document takes longer than each start. */
const documents = new Map<string, Document>();

function documentOf(registry: Registry): Document {
  const modules = [...registry.values()].map(({ moduleUrl }) => moduleUrl).join('\n');
  const document = documents.get(modules) ?? writtenDocument(registry);
  documents.set(modules, document);
  return document;
}

function writtenDocument(registry: Registry): Document {
  const document = openApiDocument(operations, registry);
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ ...document, $id: 'openapi' });
  const validators = new Map<string, ValidateFunction>();
  return {
    patterns: operations.map(({ path, method }) => ({
      pattern: new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}/?$`),
      pointer: `/paths/${path.replaceAll(/:(\w+)/g, '{$1}').replaceAll('/', '~1')}/${method}`,
      method: method.toUpperCase(),
      responses: Reflect.get(
        Reflect.get(document.paths as object, path.replaceAll(/:(\w+)/g, '{$1}')),
        method,
      ).responses as Record<string, DocumentedResponse>,
    })),
    mistakesIn(answer, pointer) {
      const validate = validators.get(pointer) ?? ajv.compile({ $ref: encodeURI(`openapi#${pointer}`) });
      validators.set(pointer, validate);
      return validate(answer) ? undefined : ajv.errorsText(validate.errors?.slice(0, 3));
    },
  };
}

function textOf(chunk: unknown, response: ServerResponse): string {
  if (!Buffer.isBuffer(chunk)) return typeof chunk === 'string' ? chunk : '';
  return (response.getHeader('Content-Encoding') === 'gzip' ? gunzipSync(chunk) : chunk).toString();
}
