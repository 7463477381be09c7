/** What the readers of request bodies share: media types, content encodings, and what can go wrong with bytes. */
import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Request } from 'express';
import { type Failure, failure } from '../models/failure.js';

/**
 * For the answer to a body of which no more will come. Not for one that is refused while its client still sends: to
 * close the connection would take the answer with it (see `discard-body.ts`).
 */
export const closing = { Connection: 'close' };

/**
 * Which of the media types the body has, in UTF-8.
 *
 * @throws Failure `unsupported_media_type`, which names the first of them
 */
export function mediaTypeOf(request: Request, [first, ...others]: readonly [string, ...string[]]): string {
  const contentType = request.get('Content-Type');
  const [mediaType = '', ...parameters] = (contentType ?? '')
    .split(';')
    .map((part) => part.trim().toLowerCase());
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  const isUtf8 = charset === undefined || charset === 'utf-8' || charset === 'utf8';
  if ([first, ...others].includes(mediaType) && isUtf8) return mediaType;
  const given = contentType === undefined ? 'no Content-Type' : `Content-Type: ${contentType}`;
  const or = others.map((other) => ` or \`${other}\``).join('');
  throw failure(
    'unsupported_media_type',
    `Send the header \`Content-Type: ${first}\`${or} (in UTF-8); the request has ${given}.`,
    {
      headers: { 'Accept-Post': [first, ...others].join(', ') },
    },
  );
}

export interface DecodedBody {
  /** The body, decoded; the request itself where there is nothing to decode. */
  stream: Readable;
  /** What it has in bytes, where that is known before it is read. */
  length: string | undefined;
}

const encodingOf = (request: Request) => request.get('Content-Encoding')?.trim().toLowerCase() ?? 'identity';

/** Nothing is to be decoded. */
export const isPlain = (request: Request): boolean => encodingOf(request) === 'identity';

/** @throws Failure `unsupported_media_type` */
export function decodedBody(request: Request): DecodedBody {
  const encoding = encodingOf(request);
  const decode = decoders.get(encoding);
  if (decode === undefined)
    throw failure('unsupported_media_type', 'The Content-Encoding may be gzip, deflate, br or identity.', {
      headers: { 'Accept-Encoding': 'gzip, deflate, br' },
    });
  return {
    stream: decode(request),
    length: encoding === 'identity' ? request.get('Content-Length') : undefined,
  };
}

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

export const endedEarly = () =>
  failure('invalid_request', 'The body ended before its announced length.', { headers: closing });

export const tooLarge = (bytesMax: number): Failure =>
  failure('payload_too_large', `The body may have ${bytesMax} bytes, inflated.`);

export const tooSlow = (timeoutMs: number): Failure =>
  failure('request_timeout', `The body was not complete within ${timeoutMs} ms.`, { headers: closing });

/** For what zlib says of a broken stream. */
export const undecodable = (cause: unknown): Failure =>
  failure('invalid_request', 'The body cannot be decoded as its Content-Encoding says.', {
    cause,
  });
