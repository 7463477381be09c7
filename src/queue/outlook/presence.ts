/**
 * Which worker servers are alive, and what each of them can do. A worker writes its record into one hash and the
 * time until which it counts into one sorted set, and renews that while it lives. One that dies without a word is
 * gone when its time has come; whoever beats next removes what it left.
 */
import type { WorkerFacts, WorkerRecord } from '../../models/worker.js';
import type { Connection } from '../connection.js';
import type { OwnKeys } from '../keys.js';
import { Script } from '../script.js';

/** How long a worker counts as alive after it was last heard of, in milliseconds. */
const aliveMs = 15_000;

/** Keys: records, times. Arguments: now, until when it counts, its name, its record. */
const beatScript = new Script(
  'beat',
  `
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[1], 'LIMIT', 0, 1000)) do
  redis.call('HDEL', KEYS[1], name)
  redis.call('ZREM', KEYS[2], name)
end
redis.call('HSET', KEYS[1], ARGV[3], ARGV[4])
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[3])
`,
);

/** Announces a worker until the returned function is called. */
export function announce(options: {
  connection: Connection;
  keys: OwnKeys;
  worker: WorkerFacts;
  now: () => number;
}): () => Promise<void> {
  const { connection, keys, worker, now } = options;
  const record = JSON.stringify(worker);
  const beat = () => {
    const nowMs = now();
    return beatScript.run(
      connection,
      [keys.workers, keys.workersAlive],
      [nowMs, nowMs + aliveMs, worker.name, record],
    );
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
    const withdrawal = connection
      .multi()
      .hdel(keys.workers, worker.name)
      .zrem(keys.workersAlive, worker.name);
    await withdrawal.exec().catch(() => {});
  };
}

/** The workers alive, by name. @throws what Redis answers instead, where it refuses to tell */
export async function workersAlive(
  connection: Connection,
  keys: OwnKeys,
  nowMs: number,
): Promise<WorkerRecord[]> {
  const [records, times] = await Promise.all([
    connection.hgetall(keys.workers),
    connection.zrangebyscore(keys.workersAlive, `(${nowMs}`, '+inf', 'WITHSCORES'),
  ]);
  return workersFrom(records, times);
}

/**
 * The same from what Redis answered, for whoever asks more in the same round trip.
 *
 * @param times Names and scores of those that count, in turns.
 */
export function workersFrom(
  records: Readonly<Record<string, string>>,
  times: readonly string[],
): WorkerRecord[] {
  const untilMs = new Map<string, number>();
  for (let index = 0; index < times.length; index += 2)
    untilMs.set(times[index] ?? '', Number(times[index + 1]));
  return Object.keys(records)
    .sort()
    .flatMap((name) => {
      const until = untilMs.get(name);
      if (until === undefined) return [];
      return {
        ...(JSON.parse(records[name] ?? '{}') as WorkerFacts),
        lastSeenAt: new Date(until - aliveMs).toISOString(),
        aliveUntil: new Date(until).toISOString(),
      };
    });
}
