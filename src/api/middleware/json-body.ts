/**
 * Reads a JSON body, or says exactly what is wrong with it: what cannot be parsed is 400 and says where, what
 * is too large is 413 (a compressed body as soon as it inflates past the limit), another media type is 415.
 */
import { isUtf8 } from 'node:buffer';
import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Request, RequestHandler } from 'express';
import { visit } from 'jsonc-parser';
import getRawBody from 'raw-body';
import type { Config } from '../../config.js';
import { type Failure, failure, isFailure } from '../../models/failure.js';
import { deeperThan } from '../../models/json-depth.js';

export function jsonBody(config: Config): RequestHandler {
  return async (request, _response, next) => {
    requireJson(request.get('Content-Type'));
    request.body = parseJson(await read(request, config), config.jsonDepthMax);
    next();
  };
}

/** Stops at the limit, and does not wait for the rest as body-parser does: an endless body has none. */
async function read(request: Request, { bodyBytesMax, bodyTimeoutMs }: Config): Promise<Buffer> {
  const encoding = request.get('Content-Encoding')?.trim().toLowerCase() ?? 'identity';
  const decode = decoders.get(encoding);
  if (decode === undefined)
    throw failure('unsupported_media_type', 'The Content-Encoding may be gzip, deflate, br or identity.', {
      headers: { 'Accept-Encoding': 'gzip, deflate, br' },
    });
  const length = encoding === 'identity' ? request.get('Content-Length') : undefined;
  let timer: NodeJS.Timeout | undefined;
  // The request is not destroyed, so that its sender can be told.
  const late = new Promise<never>((_, reject) => {
    const detail = `The body was not complete within ${bodyTimeoutMs} ms.`;
    timer = setTimeout(() => reject(failure('request_timeout', detail, { headers: closing })), bodyTimeoutMs);
  });
  try {
    return await Promise.race([getRawBody(decode(request), { limit: bodyBytesMax, length }), late]);
  } catch (error) {
    throw isFailure(error) ? error : readingFailure(error, bodyBytesMax);
  } finally {
    clearTimeout(timer);
  }
}

/** The rest of the body is not read, so the connection cannot be used again. */
const closing = { Connection: 'close' };

const decoders = new Map<string, (request: Request) => Readable>([
  ['identity', (request) => request],
  ['gzip', (request) => decoded(request, createGunzip())],
  ['deflate', (request) => decoded(request, createInflate())],
  ['br', (request) => decoded(request, createBrotliDecompress())],
]);

function decoded(request: Request, decoder: Transform): Transform {
  request.once('aborted', () => decoder.destroy(new Error('aborted')));
  return request.pipe(decoder);
}

function requireJson(contentType: string | undefined): void {
  const [mediaType = '', ...parameters] = (contentType ?? '')
    .split(';')
    .map((part) => part.trim().toLowerCase());
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  if (
    mediaType === 'application/json' &&
    (charset === undefined || charset === 'utf-8' || charset === 'utf8')
  )
    return;
  const given = contentType === undefined ? 'no Content-Type' : `Content-Type: ${contentType}`;
  throw failure(
    'unsupported_media_type',
    `Send the header \`Content-Type: application/json\` (in UTF-8); the request has ${given}.`,
    {
      headers: { 'Accept-Post': 'application/json' },
    },
  );
}

/** raw-body's errors have a `type`; a broken stream arrives as zlib's own. */
function readingFailure(error: unknown, bytesMax: number): Failure {
  const { type, message } = error as Error & { type?: string };
  const headers = closing;
  if (type === 'entity.too.large')
    return failure('payload_too_large', `The body may have ${bytesMax} bytes, inflated.`, { headers });
  if (type === 'request.aborted' || type === 'request.size.invalid' || message === 'aborted')
    return failure('invalid_request', 'The body ended before its announced length.', { headers });
  return failure('invalid_request', 'The body cannot be decoded as its Content-Encoding says.', {
    cause: error,
    headers,
  });
}

function parseJson(bytes: Buffer, depthMax: number): unknown {
  if (bytes.length === 0) throw failure('invalid_body', 'The body is empty; send a JSON object.');
  if (!isUtf8(bytes)) throw failure('invalid_encoding', 'The body holds bytes that are not UTF-8.');
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw failure('invalid_json', `${placeOf(text, error)}.`);
  }
  // `null` and an array can be parsed and are wrong; what is not even that is no document of this API.
  if (typeof value !== 'object')
    throw failure('invalid_body', `The body is a bare ${typeof value}; send a JSON object.`);
  if (deeperThan(value, depthMax))
    throw failure('json_too_deep', `The body is nested deeper than ${depthMax} levels.`);
  return value;
}

/** Where the text stops being JSON, as line and column. V8's own message gives no position. */
function placeOf(text: string, error: unknown): string {
  const endsEarly = error instanceof Error && error.message.includes('end of JSON input');
  const offset = endsEarly ? text.length : offsetOfMistake(text);
  if (offset === undefined) return 'The body is not JSON';
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  const found =
    offset >= text.length ? 'The JSON ends too early' : `Unexpected ${JSON.stringify(text[offset])}`;
  return `${found} at line ${line}, column ${column}`;
}

function offsetOfMistake(text: string): number | undefined {
  let offset: number | undefined;
  const onError = (_error: unknown, at: number) => {
    offset = at;
    throw new Error('the first mistake is enough');
  };
  try {
    visit(text, { onError }, { disallowComments: true, allowTrailingComma: false });
  } catch {
    // Stopped at the first mistake; or its recursion ended on what is nested a million deep.
  }
  return offset;
}
