/**
 * What a policy limits over all workers: how many jobs of its type run at once, and how many start in a time. BullMQ
 * holds every worker to the numbers in the `meta` of the queue; each worker server writes there what the types that it
 * serves say, when it starts and when Redis is back. Where two say different things, in the middle of a deployment,
 * the last one holds.
 */
import type { Policy } from '../../models/policy.js';
import type { Connection } from '../connection.js';
import { queueKeys } from '../keys.js';
import { Script } from '../script.js';

export interface LimitedType {
  type: string;
  policy: Pick<Policy, 'concurrency' | 'rateLimit'>;
}

/**
 * The fields are those of BullMQ's `setGlobalConcurrency` and `setGlobalRateLimit`. A window that is under way belongs to
 * the limit it began with: when the limit has changed, it is over.
 *
 * KEYS meta, limiter. ARGV concurrency, max, duration; empty for none.
 */
const script = new Script(
  'set_limits',
  `
  local names = { 'concurrency', 'max', 'duration' }
  local before = redis.call('HMGET', KEYS[1], unpack(names))
  for index, name in ipairs(names) do
    if ARGV[index] == '' then
      redis.call('HDEL', KEYS[1], name)
    else
      redis.call('HSET', KEYS[1], name, ARGV[index])
    end
  end
  if (before[2] or '') ~= ARGV[2] or (before[3] or '') ~= ARGV[3] then
    redis.call('DEL', KEYS[2])
  end
  `,
);

/** Writes the limits of these types now and whenever Redis is back, until it is stopped. */
export function keepLimits(options: {
  connection: Connection;
  prefix: string;
  types: readonly LimitedType[];
  onError: (error: Error) => void;
}): { /** Redis has them. */ written: Promise<void>; stop: () => void } {
  const { connection, prefix, types, onError } = options;
  let onWritten = () => {};
  const written = new Promise<void>((resolve) => {
    onWritten = resolve;
  });
  const write = () => void applyLimits(connection, prefix, types).then(onWritten, onError);
  if (connection.status === 'ready') write();
  connection.on('ready', write);
  return { written, stop: () => void connection.off('ready', write) };
}

/** Writes the limits of these types, and removes those that a policy no longer has. */
export async function applyLimits(
  connection: Connection,
  prefix: string,
  types: readonly LimitedType[],
): Promise<void> {
  await Promise.all(
    types.map(({ type, policy: { concurrency, rateLimit } }) => {
      const { meta, limiter } = queueKeys(prefix, type);
      const limits = [concurrency ?? '', rateLimit?.max ?? '', rateLimit?.durationMs ?? ''];
      return script.run(connection, [meta, limiter], limits);
    }),
  );
}
