/**
 * Reads a JSON body, or says exactly what is wrong with it: what cannot be parsed is 400 and says where, what
 * is too large is 413 (a compressed body as soon as it inflates past the limit), another media type is 415.
 */
import type { Request, RequestHandler } from 'express';
import getRawBody from 'raw-body';
import type { Config } from '../../config.js';
import type { ErrorCode } from '../../models/errors.js';
import { type Failure, failure, isFailure } from '../../models/failure.js';
import type { JsonLimits } from '../../models/json-limits.js';
import { discardBody } from '../discard-body.js';
import { jsonLimitsOf, parseJson } from '../parse-json.js';
import { plainBody } from '../plain-body.js';
import {
  decodedBody,
  endedEarly,
  isPlain,
  mediaTypeOf,
  tooLarge,
  tooSlow,
  undecodable,
} from '../request-body.js';

/** What an operation that reads one can answer for it. */
export const jsonBodyErrors: readonly ErrorCode[] = [
  'invalid_json',
  'invalid_encoding',
  'invalid_body',
  'payload_too_large',
  'request_timeout',
  'unsupported_media_type',
  'json_too_deep',
  'json_too_large',
];

export function jsonBody(config: Config): RequestHandler {
  const limits = jsonLimitsOf(config);
  return async (request, _response, next) => {
    mediaTypeOf(request, ['application/json']);
    request.body = documentOf(await read(request, config), limits);
    next();
  };
}

/** Answers at the limit, and does not wait for the rest as body-parser does: an endless body has none. */
const read = (request: Request, config: Config): Promise<Buffer> =>
  isPlain(request) ? plainBody(request, config) : inflated(request, config);

async function inflated(request: Request, { bodyBytesMax, bodyTimeoutMs }: Config): Promise<Buffer> {
  const { stream, length } = decodedBody(request);
  let timer: NodeJS.Timeout | undefined;
  // The request is not destroyed, so that its sender can be told.
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooSlow(bodyTimeoutMs)), bodyTimeoutMs);
  });
  try {
    return await Promise.race([getRawBody(stream, { limit: bodyBytesMax, length }), late]);
  } catch (error) {
    request.unpipe();
    if (stream !== request) stream.destroy();
    discardBody(request);
    throw isFailure(error) ? error : readingFailure(error, bodyBytesMax);
  } finally {
    clearTimeout(timer);
  }
}

/** raw-body's errors have a `type`; a broken stream arrives as zlib's own. */
function readingFailure(error: unknown, bytesMax: number): Failure {
  const { type, message } = error as Error & { type?: string };
  if (type === 'entity.too.large') return tooLarge(bytesMax);
  if (type === 'request.aborted' || type === 'request.size.invalid' || message === 'aborted')
    return endedEarly();
  return undecodable(error);
}

function documentOf(bytes: Buffer, limits: JsonLimits): unknown {
  if (bytes.length === 0) throw failure('invalid_body', 'The body is empty; send a JSON object.');
  const value = parseJson(bytes, { limits, what: 'The body' });
  // `null` and an array can be parsed and are wrong; what is not even that is no document of this API.
  if (typeof value !== 'object')
    throw failure('invalid_body', `The body is a bare ${typeof value}; send a JSON object.`);
  return value;
}
