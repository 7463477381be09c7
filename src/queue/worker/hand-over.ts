/**
 * A job that was taken by one place of this worker goes to another, which has a lock of its own. BullMQ's Worker is
 * given it as if it had just taken it.
 */
import { raw2NextJobData } from 'bullmq';
import type { Connection } from '../connection.js';
import { queueKeys } from '../keys.js';
import { Script } from '../script.js';
import type { NextJob } from './ends-and-starts.js';

/** KEYS lock, job. ARGV token it has, token it is to have, lock (ms). Returns the fields of the job; nothing where another has it. */
const script = new Script(
  'hand_over',
  `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return nil end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return redis.call('HGETALL', KEYS[2])
`,
);

/** @returns What BullMQ's backend would answer; undefined where the lock is lost. */
export async function handOver(
  {
    connection,
    prefix,
    type,
    lockMs,
  }: { connection: Connection; prefix: string; type: string; lockMs: number },
  jobId: string,
  tokens: { from: string; to: string },
): Promise<NextJob | undefined> {
  const queue = queueKeys(prefix, type);
  const keys = [queue.lock(jobId), queue.job(jobId)];
  const fields = (await script.run(connection, keys, [tokens.from, tokens.to, lockMs])) as string[] | null;
  return fields === null ? undefined : raw2NextJobData([fields, jobId, 0, 0]);
}
