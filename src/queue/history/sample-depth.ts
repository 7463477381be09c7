/** How many jobs wait, and how long the oldest has, noted in the minute: the most of what its samples saw. */
import type { QueueStats } from '../outlook/queue-stats.js';
import type { QueueAccess } from '../queue-access.js';
import { Script } from '../script.js';
import { countField, keptMs, minuteOf } from './minute-fields.js';

/** Between two samples, in milliseconds. */
const sampleEveryMs = 5_000;

/** A task for housekeeping, which calls it as often as it likes. */
export function depthSampler(access: QueueAccess, stats: QueueStats): () => Promise<void> {
  let sampledMs = 0;
  return async () => {
    const nowMs = access.now();
    if (nowMs - sampledMs < sampleEveryMs) return;
    sampledMs = nowMs;
    const { types } = await stats.read();
    const samples = Object.entries(types).flatMap(([type, { jobs, oldestPendingMs = 0 }]) => [
      countField(type, 'pending'),
      jobs.pending,
      countField(type, 'oldest'),
      Math.round(oldestPendingMs),
    ]);
    const { connection, keys } = access;
    await access.ask(() => noteMost.run(connection, [keys.history(minuteOf(nowMs))], [keptMs, ...samples]));
  };
}

/** KEYS the minute. ARGV how long it is kept (ms), fields and values in turns. */
const noteMost = new Script(
  'note_most',
  `for i = 2, #ARGV, 2 do
    local held = tonumber(redis.call('HGET', KEYS[1], ARGV[i]))
    if not held or held < tonumber(ARGV[i + 1]) then redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
  end
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  return 1`,
);
