/**
 * Reads the bytes of a body that has no encoding. `raw-body` reads those that have one; here nothing is decoded, Node
 * holds the body to its announced length, and what is left is to stop at the limit and to notice when the rest does not
 * come. The request is not destroyed, so that its sender can be told.
 */
import type { IncomingMessage } from 'node:http';
import { endedEarly, tooLarge } from './request-body.js';

/** @throws Failure `payload_too_large`, `invalid_request` */
export function plainBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length']) > bytesMax) return reject(tooLarge(bytesMax));
    const chunks: Buffer[] = [];
    let length = 0;
    const stop = () => {
      request.off('data', onData).off('end', onEnd).off('aborted', onAborted).off('error', onAborted);
    };
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length <= bytesMax) return;
      stop();
      request.pause();
      reject(tooLarge(bytesMax));
    };
    const onEnd = () => {
      const [first] = chunks;
      resolve(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, length));
    };
    const onAborted = () => {
      stop();
      reject(endedEarly());
    };
    request.on('data', onData).on('end', onEnd).on('aborted', onAborted).on('error', onAborted);
  });
}
