/**
 * The bytes of a body as they come, decoded: read only as fast as somebody takes them, and with a limit for silence
 * in place of one for the whole. The request itself is never destroyed, so that its sender can be told.
 */
import { PassThrough } from 'node:stream';
import type { Request } from 'express';
import { failure, isFailure } from '../../models/failure.js';
import { closing, decodedBody, endedEarly, undecodable } from '../request-body.js';

export interface BatchBodyLimits {
  /** Of the whole body, inflated. */
  bytesMax: number;
  /** How long a sender may be silent while somebody wants to read, in milliseconds. */
  silentMsMax: number;
}

/** @throws Failure `unsupported_media_type`, `payload_too_large`, `request_timeout`, `invalid_request` */
export async function* batchBody(
  request: Request,
  { bytesMax, silentMsMax }: BatchBodyLimits,
): AsyncGenerator<Buffer> {
  const { stream, length } = decodedBody(request);
  const tooLarge = () => failure('payload_too_large', `A batch may have ${bytesMax} bytes, inflated.`);
  if (Number(length) > bytesMax) throw tooLarge();
  const body = new PassThrough();
  const onClose = () => {
    if (!request.complete) body.destroy(endedEarly());
  };
  request.once('close', onClose);
  stream.on('error', (error) => body.destroy(request.destroyed ? endedEarly() : undecodable(error)));
  stream.pipe(body);
  const bytes: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
  const isSilent = () =>
    body.destroy(
      failure('request_timeout', `No byte of the body came for ${silentMsMax} ms.`, { headers: closing }),
    );
  let bytesRead = 0;
  try {
    for (;;) {
      const timer = setTimeout(isSilent, silentMsMax);
      const { done, value } = await bytes.next().finally(() => clearTimeout(timer));
      if (done) return;
      bytesRead += value.length;
      if (bytesRead > bytesMax) throw tooLarge();
      yield value;
    }
  } catch (error) {
    throw isFailure(error) ? error : undecodable(error);
  } finally {
    request.off('close', onClose);
    request.unpipe();
    body.destroy();
    if (stream !== request) stream.destroy();
  }
}
