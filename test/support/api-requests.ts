/** Requests for property-based tests, made from the OpenAPI document: right ones, nearly right ones, and abuse. */
import { request as httpRequest } from 'node:http';
import fc from 'fast-check';
import {
  fitting,
  hostileTexts,
  hostileValues,
  type JsonSchema,
  nearlyFitting,
  type Resolve,
} from './json-schema-arbitrary.js';

export interface GeneratedRequest {
  operationId: string;
  /** Of the operation, in the document. */
  pointer: string;
  method: string;
  /** With its query. */
  path: string;
  headers: Record<string, string>;
  body?: string;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

interface DocumentedParameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  schema: JsonSchema;
}

interface DocumentedContent {
  schema: JsonSchema;
  examples?: Record<string, { value: unknown }>;
}

interface DocumentedOperation {
  operationId: string;
  parameters?: DocumentedParameter[];
  requestBody?: { content: Record<string, DocumentedContent> };
}

export interface ApiDocument {
  paths: Record<string, Record<string, DocumentedOperation>>;
  components: { schemas: Record<string, JsonSchema> };
}

/**
 * Any request to any operation of the document.
 *
 * @param known What path parameters mostly are: ids of something, or names that the sender replaces by such.
 */
export function requestsTo(document: ApiDocument, known: readonly string[]): fc.Arbitrary<GeneratedRequest> {
  const resolve: Resolve = (reference) => {
    const found = document.components.schemas[reference.replace('#/components/schemas/', '')];
    if (found === undefined) throw new Error(`the document has no ${reference}`);
    return found;
  };
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  return fc.oneof(
    // What takes a body has more to be wrong about.
    ...operations.map(({ path, method, operation }) => ({
      weight: operation.requestBody === undefined ? 1 : 4,
      arbitrary: requestsOf(path, method, operation, resolve, known),
    })),
  );
}

function requestsOf(
  path: string,
  method: string,
  { operationId, parameters = [], requestBody }: DocumentedOperation,
  resolve: Resolve,
  known: readonly string[],
): fc.Arbitrary<GeneratedRequest> {
  const of = (place: string) => parameters.filter((parameter) => parameter.in === place);
  const texts = (parameter: DocumentedParameter) =>
    fc.oneof(
      { weight: 3, arbitrary: fitting(parameter.schema, resolve).map(textOf) },
      { weight: 1, arbitrary: hostileTexts },
    );
  const inPath = fc.tuple(
    ...of('path').map((parameter) =>
      fc
        .oneof(
          { weight: 4, arbitrary: fc.constantFrom(...known) },
          { weight: 1, arbitrary: texts(parameter) },
        )
        .map((text) => [parameter.name, text] as const),
    ),
  );
  const inQuery = fc.tuple(
    ...of('query').map((parameter) =>
      sometimes(texts(parameter), 4).map((text) => [parameter.name, text] as const),
    ),
    sometimes(fc.tuple(hostileTexts, hostileTexts), 30).map((pair) => pair ?? ['', undefined]),
  );
  const inHeaders = fc.tuple(
    ...of('header').map((parameter) =>
      sometimes(texts(parameter), 5).map(
        (text) => [parameter.name, text === undefined ? undefined : headerText(text)] as const,
      ),
    ),
  );
  const bodies =
    requestBody === undefined
      ? fc.constant(undefined)
      : fc.oneof(
          ...Object.entries(requestBody.content).map(([mediaType, content]) =>
            bodiesOf(mediaType, content, resolve).map((body) => ({ mediaType, body })),
          ),
        );
  // An empty part of the path would make it that of another operation.
  return fc.tuple(inPath, inQuery, inHeaders, bodies).map(([pathParts, queryParts, headerParts, content]) => {
    const filled = pathParts.reduce(
      (text, [name, value]) => text.replace(`{${name}}`, () => encoded(value) || '%20'),
      path,
    );
    const query = queryParts
      .filter(([, value]) => value !== undefined)
      .map(([name = '', value = '']) => `${encoded(name)}=${encoded(value)}`)
      .join('&');
    const headers = Object.fromEntries(headerParts.filter(([, value]) => value !== undefined)) as Record<
      string,
      string
    >;
    return {
      operationId,
      pointer: `/paths/${path.replaceAll('/', '~1')}/${method}`,
      method: method.toUpperCase(),
      path: query === '' ? filled : `${filled}?${query}`,
      headers: content === undefined ? headers : { ...headers, 'Content-Type': content.mediaType },
      ...(content === undefined ? {} : { body: content.body }),
    };
  });
}

function bodiesOf(
  mediaType: string,
  { schema, examples = {} }: DocumentedContent,
  resolve: Resolve,
): fc.Arbitrary<string> {
  if (mediaType === 'multipart/form-data' || mediaType === 'application/octet-stream')
    return fc.oneof(fc.string({ unit: 'binary' }), hostileTexts);
  const shown = Object.values(examples).map(({ value }) => fc.constant(value));
  const right = fc.oneof(fitting(schema, resolve), ...(shown.length === 0 ? [] : [fc.oneof(...shown)]));
  const values = fc.oneof(
    { weight: 4, arbitrary: right },
    { weight: 4, arbitrary: nearlyFitting(right) },
    { weight: 1, arbitrary: hostileValues },
  );
  if (mediaType === 'application/x-ndjson')
    return fc
      .array(values, { maxLength: 4 })
      .map((lines) => lines.map((line) => JSON.stringify(line)).join('\n'));
  return fc.oneof(
    { weight: 15, arbitrary: values.map((value) => JSON.stringify(value) ?? '') },
    // Cut off, or no JSON at all.
    {
      weight: 1,
      arbitrary: fc
        .tuple(values, fc.nat(100))
        .map(([value, length]) => (JSON.stringify(value) ?? '').slice(0, length)),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  );
}

/** The value once in so many times, else nothing. */
const sometimes = <Value>(arbitrary: fc.Arbitrary<Value>, times: number): fc.Arbitrary<Value | undefined> =>
  fc.oneof({ weight: times - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Half a surrogate pair has no encoding; `.` and `..` would be taken for steps along the path. */
const encoded = (text: string): string =>
  encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8')).replaceAll('.', '%2E');

/** What a client can put on the wire at all. */
const headerText = (text: string): string =>
  [...text]
    .filter((character) => /[\t\x20-\x7e\x80-\xff]/.test(character))
    .join('')
    .slice(0, 2_000)
    .trim();

/**
 * Sends it and reads the answer; of a stream that does not end, what it begins with.
 *
 * @throws Error when there is no answer in time
 */
export function send(
  url: string,
  { method, path, headers, body }: GeneratedRequest,
  timeoutMs = 10_000,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const bytes = body === undefined ? undefined : Buffer.from(body, 'utf8');
    const { hostname, port } = new URL(url);
    const request = httpRequest(
      {
        hostname,
        port,
        method,
        path,
        headers: { ...headers, ...(bytes === undefined ? {} : { 'Content-Length': String(bytes.length) }) },
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        const done = () => {
          clearTimeout(timer);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          });
          request.destroy();
        };
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', done);
        response.on('error', reject);
        if (String(response.headers['content-type']).startsWith('text/event-stream')) done();
      },
    );
    const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    request.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    request.end(bytes);
  });
}
