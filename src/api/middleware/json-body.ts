/**
 * Reads a JSON body, or says exactly what is wrong with it: what cannot be parsed is 400 and says where, what
 * is too large is 413 (a compressed body as soon as it inflates past the limit), another media type is 415.
 */
import { isUtf8 } from 'node:buffer';
import express, { type RequestHandler } from 'express';
import { visit } from 'jsonc-parser';
import type { Config } from '../../config.js';
import { failure } from '../../models/failure.js';
import { deeperThan } from '../../models/json-depth.js';

export function jsonBody(config: Config): RequestHandler[] {
  const read = express.raw({ type: () => true, limit: config.bodyBytesMax, inflate: true });
  return [
    (request, _response, next) => {
      requireJson(request.get('Content-Type'));
      next();
    },
    (request, response, next) =>
      read(request, response, (error?: unknown) =>
        next(error === undefined ? undefined : readingFailure(error, config)),
      ),
    (request, _response, next) => {
      request.body = parseJson(
        Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
        config.jsonDepthMax,
      );
      next();
    },
  ];
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

/** body-parser's errors, by their `type`. */
function readingFailure(error: unknown, { bodyBytesMax }: Config): unknown {
  const { type } = error as { type?: string };
  switch (type) {
    case 'entity.too.large':
      return failure('payload_too_large', `The body may have ${bodyBytesMax} bytes, inflated.`, {
        headers: { Connection: 'close' },
      });
    case 'encoding.unsupported':
      return failure('unsupported_media_type', 'The Content-Encoding may be gzip, deflate, br or identity.', {
        headers: { 'Accept-Encoding': 'gzip, deflate, br' },
      });
    case 'request.aborted':
    case 'request.size.invalid':
      return failure('invalid_request', 'The body ended before its announced length.');
    default:
      // A broken gzip stream arrives as zlib's own error.
      return failure('invalid_request', 'The body cannot be decoded as its Content-Encoding says.', {
        cause: error,
      });
  }
}

function parseJson(bytes: Buffer, depthMax: number): unknown {
  if (bytes.length === 0) throw failure('invalid_body', 'The body is empty; send a JSON object.');
  if (!isUtf8(bytes)) throw failure('invalid_encoding', 'The body holds bytes that are not UTF-8.');
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw failure('invalid_json', `${placeOf(text)}.`);
  }
  // `null` and an array can be parsed and are wrong; what is not even that is no document of this API.
  if (typeof value !== 'object')
    throw failure('invalid_body', `The body is a bare ${typeof value}; send a JSON object.`);
  if (deeperThan(value, depthMax))
    throw failure('json_too_deep', `The body is nested deeper than ${depthMax} levels.`);
  return value;
}

/** Where the text stops being JSON, as line and column. V8's own message gives no position. */
function placeOf(text: string): string {
  const offset = offsetOfMistake(text);
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
