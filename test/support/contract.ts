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
  const document = openApiDocument(operations, registry);
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ ...document, $id: 'openapi' });
  const validators = new Map<string, ValidateFunction>();
  const violations: string[] = [];
  const patterns = operations.map(({ path, method }) => ({
    pattern: new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}/?$`),
    pointer: `/paths/${path.replaceAll(/:(\w+)/g, '{$1}').replaceAll('/', '~1')}/${method}`,
    method: method.toUpperCase(),
    responses: Reflect.get(Reflect.get(document.paths as object, path.replaceAll(/:(\w+)/g, '{$1}')), method)
      .responses as Record<string, DocumentedResponse>,
  }));

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
    const pointer = `openapi#${operation.pointer}/responses/${response.statusCode}/content/${mediaType.replaceAll('/', '~1')}/schema`;
    if (documented.content[mediaType] === undefined)
      return void violations.push(`${what} as ${mediaType} is not documented`);
    const validate = validators.get(pointer) ?? ajv.compile({ $ref: encodeURI(pointer) });
    validators.set(pointer, validate);
    if (!validate(JSON.parse(body)))
      violations.push(`${what}: ${ajv.errorsText(validate.errors?.slice(0, 3))}\n${body.slice(0, 500)}`);
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

function textOf(chunk: unknown, response: ServerResponse): string {
  if (!Buffer.isBuffer(chunk)) return typeof chunk === 'string' ? chunk : '';
  return (response.getHeader('Content-Encoding') === 'gzip' ? gunzipSync(chunk) : chunk).toString();
}
