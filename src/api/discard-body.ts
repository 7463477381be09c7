/**
 * Reads and throws away what is left of a request that was refused early. A client that only reads after it has
 * sent everything gets its answer so; and closing a connection with bytes unread would take the answer with it.
 * One that sends without end is cut off.
 */
import type { IncomingMessage } from 'node:http';

/** So much more is taken from a client that has its answer already. */
const discardedBytesMax = 268_435_456;

export function discardBody(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > discardedBytesMax) request.destroy();
  });
  request.resume();
}
