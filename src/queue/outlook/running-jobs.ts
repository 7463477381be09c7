/**
 * Which jobs each worker runs at this moment, by what BullMQ keeps of those that are active. At most a thousand of a
 * type are looked at.
 */
import { queueKeys } from '../keys.js';
import type { QueueAccess } from '../queue-access.js';

const lookedAtMax = 1_000;

/** Ids of jobs by the name of the worker that runs them, the latest first. @throws Failure `queue_unavailable` */
export async function runningJobs(
  access: QueueAccess,
  types: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { connection, prefix } = access;
  const lists = connection.pipeline();
  for (const type of types) lists.lrange(queueKeys(prefix, type).active, 0, lookedAtMax - 1);
  const active = types.length === 0 ? [] : ((await access.answers(lists)) as string[][]);
  const jobs = active.flatMap((ids, index) => ids.map((id) => ({ id, type: types[index] ?? '' })));
  const looks = connection.pipeline();
  for (const { id, type } of jobs)
    looks.hget(queueKeys(prefix, type).job(id), 'pb').exists(queueKeys(prefix, type).lock(id));
  const answers = jobs.length === 0 ? [] : await access.answers(looks);
  const byWorker = new Map<string, string[]>();
  for (const [index, { id }] of jobs.entries()) {
    const [worker, locked] = [answers[2 * index], answers[2 * index + 1]];
    // One without a lock has lost its worker.
    if (typeof worker !== 'string' || locked !== 1) continue;
    byWorker.set(worker, [...(byWorker.get(worker) ?? []), id]);
  }
  return byWorker;
}
