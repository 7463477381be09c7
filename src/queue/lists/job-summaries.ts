/**
 * Many jobs at once, each without what may be large: neither payloads nor results leave Redis. What else is in BullMQ's
 * `data` beside the payload is kept once more in a field of its own.
 */
import type { Job } from '../../models/job.js';
import { prefixOf } from '../../models/type-id.js';
import { queueKeys } from '../keys.js';
import type { QueueAccess } from '../queue-access.js';
import { jobFrom, ownFields } from '../stored-job.js';

/** A job without what may be large. */
export type JobSummary = Omit<Job, 'payload' | 'result'>;

/** All of a job but its payload and its result. */
const fields = [
  'opts',
  'timestamp',
  'priority',
  'progress',
  'processedOn',
  'finishedOn',
  'failedReason',
  'atm',
  'pb',
  'parentKey',
  ...Object.values(ownFields),
];

/**
 * In the order of the ids; undefined where there is no job.
 *
 * @throws Failure `queue_unavailable`
 */
export async function readSummaries(
  access: QueueAccess,
  ids: readonly string[],
): Promise<(JobSummary | undefined)[]> {
  if (ids.length === 0) return [];
  const { connection, prefix } = access;
  const pipeline = connection.pipeline();
  for (const id of ids) {
    const keys = queueKeys(prefix, prefixOf(id) ?? '');
    pipeline
      .hmget(keys.job(id), ...fields)
      .hexists(keys.job(id), 'returnvalue')
      .exists(keys.lock(id))
      .zscore(keys.delayed, id)
      .zscore(keys.waitingChildren, id);
  }
  const answers = await access.answers(pipeline);
  return ids.map((id, index) => {
    const [values, hasResult, locked, dueScore, blockedScore] = answers.slice(index * 5, index * 5 + 5);
    const known = (values as (string | null)[]).map((value, field) => [fields[field], value]);
    const hash = Object.fromEntries(known.filter(([, value]) => value !== null)) as Record<string, string>;
    if (hash.timestamp === undefined) return undefined;
    hash.data = hash[ownFields.facts] ?? '{}';
    if (hasResult === 1) hash.returnvalue = 'null';
    const place = {
      locked: locked === 1,
      dueScore: dueScore as string | null,
      blocked: blockedScore !== null,
    };
    const { payload: _payload, result: _result, ...summary } = jobFrom(id, hash, place);
    return summary;
  });
}
