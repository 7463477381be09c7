/**
 * How a job lies in Redis, and back. BullMQ's hash of a job holds all that is needed, so one HGETALL (with
 * its lock and its place among the delayed) gives the status: `getJobState` would scan the waiting list. The names of BullMQ's
 * fields are its own (BullMQ is pinned exactly; `test/queue/job-queue.test.ts` holds them against it).
 */
import { type Job, type JobOptions, jobPriorities } from '../models/job.js';
import { prefixOf } from '../models/type-id.js';

/** BullMQ's `data`: the payload, and what BullMQ has no place for. */
export interface JobData {
  payload: unknown;
  /** Of the type when the job was accepted. Absent for 1. */
  version?: number;
  /** Of the request that submitted it; ties the worker's log to the API's. */
  requestId?: string;
  /** What the request asked for otherwise than the policy. Absent when nothing. */
  options?: Pick<JobOptions, 'backoff' | 'timeoutMs'>;
}

type Priority = (typeof jobPriorities)[number];

/**
 * BullMQ serves 0, its default, before every prioritised job, so no level may be 0: 1 is the most urgent.
 */
export const priorityNumber = (priority: Priority): number =>
  jobPriorities.length - jobPriorities.indexOf(priority);

const priorityLevel = (number: number): Priority => jobPriorities[jobPriorities.length - number] ?? 'normal';

/** The reason that BullMQ's own script writes when a job has lost its worker too often. */
const stalledReason = 'job stalled more than allowable limit';

/** What BullMQ keeps of a failed attempt is one string; ours reads well in other tools, too. */
export const failedReasonOf = (error: { code: string; detail: string }) => `${error.code}: ${error.detail}`;

export function errorOf(failedReason: string): { code: string; detail: string } {
  if (failedReason === stalledReason)
    return {
      code: 'worker_lost',
      detail: 'The worker died while it had the job, more often than is allowed.',
    };
  const match = /^([a-z][a-z0-9_]*): (.*)$/s.exec(failedReason);
  if (match === null) return { code: 'processor_error', detail: 'The job failed outside its processor.' };
  return { code: match[1] ?? '', detail: match[2] ?? '' };
}

/** What is not in the hash of a job. */
export interface JobPlace {
  /** A worker holds it. */
  locked: boolean;
  /** Its score in BullMQ's set of delayed jobs, while it is there. */
  dueScore: string | null;
}

/** BullMQ's score of a delayed job is the time it is due, in milliseconds, times this, plus a counter. */
const scorePerMs = 4_096;

/** @param hash The fields of BullMQ's hash. */
export function jobFrom(id: string, hash: Record<string, string>, { locked, dueScore }: JobPlace): Job {
  const data = JSON.parse(hash.data ?? '{}') as JobData;
  const options = JSON.parse(hash.opts ?? '{}') as { attempts?: number };
  const attemptsMade = Number(hash.atm ?? 0);
  const createdMs = Number(hash.timestamp);
  const startedMs = optionalNumber(hash.processedOn);
  const finishedMs = optionalNumber(hash.finishedOn);
  const status = statusOf();
  // A job that runs again, or succeeded, keeps the reason of the failure before.
  const failedReason = status === 'failed' || status === 'retrying' ? hash.failedReason : undefined;
  return {
    id,
    type: prefixOf(id) ?? '',
    version: data.version ?? 1,
    status,
    payload: data.payload,
    ...(status === 'completed' ? { result: JSON.parse(hash.returnvalue ?? 'null') } : {}),
    ...(failedReason === undefined ? {} : { error: errorOf(failedReason) }),
    ...progressOf(hash.progress),
    createdAt: iso(createdMs),
    ...(dueScore === null ? {} : { scheduledFor: iso(Math.floor(Number(dueScore) / scorePerMs)) }),
    ...(startedMs === undefined ? {} : { startedAt: iso(startedMs) }),
    ...(finishedMs === undefined ? {} : { [`${status}At`]: iso(finishedMs) }),
    attempts: { made: attemptsMade + (status === 'processing' ? 1 : 0), max: options.attempts ?? 1 },
    priority: priorityLevel(Number(hash.priority ?? 0)),
    ...(startedMs === undefined ? {} : { queueTimeMs: Math.max(0, startedMs - createdMs) }),
    ...(startedMs === undefined || finishedMs === undefined
      ? {}
      : { processingTimeMs: Math.max(0, finishedMs - startedMs) }),
    ...(hash.pb === undefined ? {} : { worker: hash.pb }),
  };

  function statusOf(): Job['status'] {
    if (finishedMs !== undefined) return hash.returnvalue === undefined ? 'failed' : 'completed';
    if (locked) return 'processing';
    if (dueScore !== null) return attemptsMade > 0 ? 'retrying' : 'scheduled';
    return 'pending';
  }
}

const iso = (ms: number) => new Date(ms).toISOString();

const optionalNumber = (text: string | undefined) => (text === undefined ? undefined : Number(text));

function progressOf(text: string | undefined): Pick<Job, 'progress'> {
  const value: unknown = text === undefined ? 0 : JSON.parse(text);
  return typeof value === 'object' && value !== null ? { progress: value as Job['progress'] } : {};
}
