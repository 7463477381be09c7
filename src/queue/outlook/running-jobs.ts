/**
 * Which jobs each worker runs at this moment, by what BullMQ keeps of those that are active. At most a thousand of a
 * type are looked at.
 */
import type { RunningJob } from '../../models/worker.js';
import { queueKeys } from '../keys.js';
import type { QueueAccess } from '../queue-access.js';

const lookedAtMax = 1_000;

/** Jobs by the name of the worker that runs them, the latest first. @throws Failure `queue_unavailable` */
export async function runningJobs(
  access: QueueAccess,
  types: readonly string[],
): Promise<ReadonlyMap<string, readonly RunningJob[]>> {
  const { connection, prefix } = access;
  const lists = connection.pipeline();
  for (const type of types) lists.lrange(queueKeys(prefix, type).active, 0, lookedAtMax - 1);
  const active = types.length === 0 ? [] : ((await access.answers(lists)) as string[][]);
  const jobs = active.flatMap((ids, index) => ids.map((id) => ({ id, type: types[index] ?? '' })));
  const looks = connection.pipeline();
  for (const { id, type } of jobs)
    looks
      .hmget(queueKeys(prefix, type).job(id), 'pb', 'processedOn', 'atm')
      .exists(queueKeys(prefix, type).lock(id));
  const answers = jobs.length === 0 ? [] : await access.answers(looks);
  const byWorker = new Map<string, RunningJob[]>();
  for (const [index, { id, type }] of jobs.entries()) {
    const [worker, startedMs, made] = answers[2 * index] as (string | null)[];
    // One without a lock has lost its worker.
    if (!worker || !startedMs || answers[2 * index + 1] !== 1) continue;
    const startedAt = new Date(Number(startedMs)).toISOString();
    const job = { id, type, startedAt, attempt: Number(made ?? 0) + 1 };
    byWorker.set(worker, [...(byWorker.get(worker) ?? []), job]);
  }
  return byWorker;
}
