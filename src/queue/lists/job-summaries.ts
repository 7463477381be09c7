/**
 * Many jobs at once, each without what may be large: neither payloads nor results leave Redis. What else is in BullMQ's
 * `data` beside the payload is kept once more in a field of its own.
 */
import type { Job } from '../../models/job.js';
import { prefixOf } from '../../models/type-id.js';
import { queueKeys } from '../keys.js';
import type { QueueAccess } from '../queue-access.js';
import { Script } from '../script.js';
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

/** Jobs that one script reads: Redis answers nobody else meanwhile. */
const jobsMax = 100;

/** Of one job: its fields, whether it has a result, whether it is locked, its score, whether it waits for children. */
type Found = [
  values: (string | null)[],
  hasResult: number,
  locked: number,
  dueScore: string | null,
  blocked: number,
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
  script.define(connection);
  const pipeline = connection.pipeline();
  for (let from = 0; from < ids.length; from += jobsMax) {
    const some = ids.slice(from, from + jobsMax);
    const keys = some.flatMap((id) => {
      const queue = queueKeys(prefix, prefixOf(id) ?? '');
      return [queue.job(id), queue.lock(id), queue.delayed, queue.waitingChildren];
    });
    script.queue(pipeline, keys, some);
  }
  const found = ((await access.answers(pipeline)) as Found[][]).flat();
  return ids.map((id, index) => summaryOf(id, found[index]));
}

function summaryOf(id: string, found: Found | undefined): JobSummary | undefined {
  if (found === undefined) return undefined;
  const [values, hasResult, locked, dueScore, blocked] = found;
  const hash: Record<string, string> = {};
  for (const [index, name] of fields.entries()) {
    const value = values[index];
    if (typeof value === 'string') hash[name] = value;
  }
  if (hash.timestamp === undefined) return undefined;
  hash.data = hash[ownFields.facts] ?? '{}';
  if (hasResult === 1) hash.returnvalue = 'null';
  const place = { locked: locked === 1, dueScore, blocked: blocked === 1 };
  const { payload: _payload, result: _result, ...summary } = jobFrom(id, hash, place);
  return summary;
}

/**
 * KEYS for each job: itself, its lock, the delayed, those that wait for children. ARGV ids. Of a job that has finished
 * nobody asks where it waits.
 */
const script = new Script(
  'read_summaries',
  `local found = {}
  for i, id in ipairs(ARGV) do
    local at = 4 * i - 3
    local values = redis.call('HMGET', KEYS[at], ${fields.map((name) => `'${name}'`).join(', ')})
    local hasResult = redis.call('HEXISTS', KEYS[at], 'returnvalue')
    if values[${fields.indexOf('finishedOn') + 1}] then
      found[i] = {values, hasResult, 0, false, 0}
    else
      found[i] = {values, hasResult, redis.call('EXISTS', KEYS[at + 1]), redis.call('ZSCORE', KEYS[at + 2], id),
        redis.call('ZSCORE', KEYS[at + 3], id) and 1 or 0}
    end
  end
  return found`,
);
