/**
 * Asks Redis itself, past the network of the servers, again and again. When it or this machine was slow to answer, servers
 * may have found the same, and are not blamed for saying so.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Fleet } from './fleet.js';

const everyMs = 50;
/** An answer that takes longer than this is late, in milliseconds. */
const lateMs = 400;

/** Notes in the fleet when Redis was slow, until the function that it returns has resolved. */
export function startWitness({ redis, redisSlows }: Fleet): () => Promise<void> {
  const connection = redis.connect();
  connection.on('error', () => {});
  const stopping = new AbortController();
  const watching = (async () => {
    for (let fromMs = Date.now(); !stopping.signal.aborted; fromMs = Date.now()) {
      // It writes, as a submission does, so that the disk has its say.
      await connection.set('witness', fromMs).catch(() => {});
      await pause(everyMs);
      if (Date.now() - fromMs > lateMs + everyMs) redisSlows.push({ fromMs, toMs: Date.now() });
    }
  })();
  return async () => {
    stopping.abort();
    await watching;
    connection.disconnect();
  };
}
