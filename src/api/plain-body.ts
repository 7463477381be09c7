/**
 * Reads the bytes of a body that has no encoding. `raw-body` reads those that have one; here nothing is decoded, Node
 * holds the body to its announced length, and what is left is to stop at the limit and to notice when the rest does not
 * come. The request is not destroyed, so that its sender can be told (`discard-body.ts`).
 */
import type { IncomingMessage } from 'node:http';
import type { Failure } from '../models/failure.js';
import { discardBody } from './discard-body.js';
import { endedEarly, tooLarge, tooSlow } from './request-body.js';

export interface BodyLimits {
  bodyBytesMax: number;
  bodyTimeoutMs: number;
}

/** @throws Failure `payload_too_large`, `invalid_request`, `request_timeout` */
export function plainBody(
  request: IncomingMessage,
  { bodyBytesMax: bytesMax, bodyTimeoutMs: timeoutMs }: BodyLimits,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const stop = (reason: Failure) => {
      clearTimeout(timer);
      reject(reason);
      request.off('data', onData).off('end', onEnd).off('aborted', onAborted).off('error', onAborted);
      discardBody(request);
    };
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length > bytesMax) stop(tooLarge(bytesMax));
    };
    const onEnd = () => {
      clearTimeout(timer);
      const [first] = chunks;
      resolve(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, length));
    };
    const onAborted = () => stop(endedEarly());
    const timer = setTimeout(() => stop(tooSlow(timeoutMs)), timeoutMs);
    if (Number(request.headers['content-length']) > bytesMax) return stop(tooLarge(bytesMax));
    request.on('data', onData).on('end', onEnd).on('aborted', onAborted).on('error', onAborted);
  });
}
