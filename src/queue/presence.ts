/**
 * Which workers are alive: each writes itself into one sorted set, scored by the time until which it counts,
 * and renews that while it lives. A worker that dies is gone when its time has come.
 */
import type { Connection } from './connection.js';

/** How long a worker counts as alive after it was last heard of, in milliseconds. */
const aliveMs = 15_000;

const keyOf = (prefix: string, type: string) => `${prefix}:workers:${type}`;

/** Announces a worker for some types until the returned function is called. */
export function announce(options: {
  connection: Connection;
  prefix: string;
  worker: string;
  types: readonly string[];
  now: () => number;
}): () => Promise<void> {
  const { connection, prefix, worker, types, now } = options;
  const beat = async () => {
    const commands = connection.pipeline();
    for (const type of types) {
      commands.zremrangebyscore(keyOf(prefix, type), 0, now());
      commands.zadd(keyOf(prefix, type), now() + aliveMs, worker);
    }
    await commands.exec();
  };
  // While Redis is away there is nobody to tell, and a beat that waited for it would tell of times gone by.
  const beatIfReady = () => {
    if (connection.status === 'ready') void beat().catch(() => {});
  };
  beatIfReady();
  connection.on('ready', beatIfReady);
  const timer = setInterval(beatIfReady, aliveMs / 3);
  return async () => {
    connection.off('ready', beatIfReady);
    clearInterval(timer);
    if (connection.status !== 'ready') return;
    const commands = connection.pipeline();
    for (const type of types) commands.zrem(keyOf(prefix, type), worker);
    await commands.exec().catch(() => {});
  };
}

/** Workers alive for each type. @throws what Redis answers instead, where it refuses to count */
export async function workersAlive(
  connection: Connection,
  prefix: string,
  types: readonly string[],
  nowMs: number,
): Promise<Record<string, number>> {
  const commands = connection.pipeline();
  for (const type of types) commands.zcount(keyOf(prefix, type), `(${nowMs}`, '+inf');
  const counts = (await commands.exec()) ?? [];
  return Object.fromEntries(
    types.map((type, index) => {
      const [error, count] = counts[index] ?? [];
      if (error) throw error;
      return [type, Number(count ?? 0)];
    }),
  );
}
