/**
 * What is noted when a job has ended, beside BullMQ's own: it no longer has a deadline, one that failed is found by
 * its code, and whoever listens is told. BullMQ has recorded the end by then; a process that dies in between leaves a
 * job that is complete and a little harder to find.
 */
import type { Job } from '../../models/job.js';
import { prefixOf } from '../../models/type-id.js';
import type { Connection } from '../connection.js';
import { emitLua, eventOf, eventText } from '../events/emit.js';
import type { JobCounts } from '../job-counts.js';
import { type OwnKeys, queueKeys } from '../keys.js';
import { Script } from '../script.js';
import { ownFields } from '../stored-job.js';
import { tenantLua } from '../tenants/tenant-sets.js';

/**
 * KEYS job, deadlines, events, the set of jobs that ended so. ARGV id, events kept, channel, event (or empty),
 * error code. Returns whose job it is, or an empty text.
 */
const recordEnd = new Script(
  'record_end',
  `${emitLua}${tenantLua}
  local finished = redis.call('HGET', KEYS[1], 'finishedOn')
  if not finished then return '' end
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('ZADD', KEYS[4], finished, ARGV[1])
  failedOfTenant(KEYS[1], KEYS[3], ARGV[1], ARGV[5], finished)
  if ARGV[4] ~= '' then emit(KEYS[3], ARGV[2], ARGV[3], ARGV[1], ARGV[4]) end
  return redis.call('HGET', KEYS[1], '${ownFields.tenant}') or ''`,
);

export interface EndParts {
  connection: Connection;
  prefix: string;
  keys: OwnKeys;
  eventsMax: number;
  now: () => number;
  counts?: JobCounts;
}

interface JobError {
  code: string;
  detail: string;
}

/** Of a job that failed or was cancelled. Its caller tells of it, and counts it. */
export async function noteFailure(parts: EndParts, id: string, error: JobError): Promise<void> {
  await record(parts, id, error, '');
}

/** The same, tells of it, and counts it. */
export async function endedWithoutRun(parts: EndParts, id: string, error: JobError): Promise<void> {
  const event = { kind: 'status', jobId: id, status: statusAfter(error), error } as const;
  const tenant = await record(parts, id, error, eventText(eventOf(event, parts.now())));
  parts.counts?.ended(prefixOf(id) ?? '', error.code, tenant === '' ? {} : { tenant });
}

export const statusAfter = ({ code }: JobError): Extract<Job['status'], 'cancelled' | 'failed'> =>
  code === 'cancelled' ? 'cancelled' : 'failed';

async function record(parts: EndParts, id: string, { code }: JobError, event: string): Promise<string> {
  const { connection, prefix, keys, eventsMax } = parts;
  const type = prefixOf(id) ?? '';
  const job = queueKeys(prefix, type).job(id);
  const tenant = await recordEnd.run(
    connection,
    [job, keys.deadlines, keys.events, keys.error(type, code)],
    [id, eventsMax, keys.eventsOf(id), event, code],
  );
  return String(tenant);
}
