/**
 * How a job lies in Redis, and back. BullMQ's hash of a job holds all that is needed, so one look (with
 * its lock and its place among the delayed) gives the status: `getJobState` would scan the waiting list. The names of BullMQ's
 * fields are its own (BullMQ is pinned exactly; `test/queue/job-queue.test.ts` holds them against it).
 */
import { isFinal, type Job, type JobOptions } from '../models/job.js';
import { prefixOfWellFormed } from '../models/type-id.js';
import { isoTime as iso } from './iso-time.js';
import { priorityOf } from './submission/fair-shares.js';

/** BullMQ's `data`: the payload, and what BullMQ has no place for. */
export interface JobData {
  payload: unknown;
  /** Of the type when the job was accepted. Absent for 1. */
  version?: number;
  /** Of the request that submitted it; ties the worker's log to the API's. */
  requestId?: string;
  /** Where the trace of that request goes on from, as W3C Trace Context writes it. Absent where it is not traced. */
  traceparent?: string;
  tracestate?: string;
  /** What the request asked for otherwise than the policy. Absent when nothing. */
  options?: Pick<JobOptions, 'backoff' | 'timeoutMs' | 'onFailure'>;
  tags?: string[];
  fairnessKey?: string;
  callbackUrl?: string;
  /** Whose job it is, where there are API keys. */
  tenant?: string;
  /** It has an expiry or a deadline, in fields of its own: a retry by hand takes them away. */
  timed?: true;
  /** Ids of its children, in the order of the request. */
  children?: string[];
}

/** Fields that we add to BullMQ's hash of a job. */
export const ownFields = {
  /** Its bookkeeping beside BullMQ's is done. */
  entered: 'in',
  /** What `data` holds beside the payload and what ties it to its request, as JSON, for lists. Absent when nothing. */
  facts: 'fx',
  /** Whose job it is, once more: for scripts. Absent without API keys. */
  tenant: 'tn',
  /** When a client asked to cancel it while it ran, in milliseconds since the epoch. */
  cancelRequested: 'cx',
  /** It was taken out of where it waited, to be ended without a run: the attempt that BullMQ counts is off. */
  withdrawn: 'wd',
  /** It is delayed only because no worker that took it could run it then. */
  held: 'held',
  /** Must have started by then, in milliseconds since the epoch. */
  expires: 'xp',
  /** Must have completed by then, in milliseconds since the epoch. */
  deadline: 'dl',
} as const;

/** The reason that BullMQ's own script writes when a job has lost its worker too often. */
const stalledReason = 'job stalled more than allowable limit';

/** The reason that it writes into the parent of a child that failed. */
const childReason = /^child \S+:(\S+) failed$/;

/** What BullMQ keeps of a failed attempt is one string; ours reads well in other tools, too. */
export const failedReasonOf = (error: { code: string; detail: string }) => `${error.code}: ${error.detail}`;

export const expiredAt = (expiresMs: number) => ({
  code: 'expired',
  detail: `No worker had started the job by ${iso(expiresMs)}.`,
});

export function errorOf(failedReason: string): { code: string; detail: string } {
  const [, child] = childReason.exec(failedReason) ?? [];
  if (child !== undefined) return { code: 'child_failed', detail: `Its child ${child} failed.` };
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
  /** It waits for its children. */
  blocked?: boolean;
}

/** BullMQ's score of a delayed job is the time it is due, in milliseconds, times this, plus a counter. */
const scorePerMs = 4_096;

/** When a delayed job is due, in milliseconds since the epoch. */
export const dueMsOf = (score: string): number => Math.floor(Number(score) / scorePerMs);

/** Those of the hash of a job that make it what it is. A job always has the first, and a finished one the second. */
export const storedFields = [
  ...(['timestamp', 'finishedOn', 'data', 'opts', 'priority', 'progress', 'processedOn'] as const),
  ...(['returnvalue', 'failedReason', 'atm', 'pb', 'parentKey'] as const),
  ...([ownFields.cancelRequested, ownFields.held, ownFields.expires, ownFields.deadline] as const),
] as const;

export type StoredField = (typeof storedFields)[number];

/** A job that is being put together. */
type Draft = { -readonly [Member in keyof Job]?: Job[Member] };

/** Member by member, in the order in which clients see them: this is most of what a client's look at a job costs. */
export function jobFrom(
  id: string,
  hash: Readonly<Partial<Record<StoredField, string>>>,
  { locked, dueScore, blocked }: JobPlace,
): Job {
  const data = JSON.parse(hash.data ?? '{}') as JobData;
  const options = JSON.parse(hash.opts ?? '{}') as { attempts?: number };
  // Less than none for a moment, while one that never ran is ended.
  const attemptsMade = Math.max(0, Number(hash.atm ?? 0));
  const createdMs = Number(hash.timestamp);
  const startedMs = optionalNumber(hash.processedOn);
  const finishedMs = optionalNumber(hash.finishedOn);
  const status = statusOf();
  // A job that runs again, or succeeded, keeps the reason of the failure before.
  const hasError = status === 'failed' || status === 'cancelled' || status === 'retrying';
  const waitsForTime = status === 'scheduled' || status === 'retrying';
  const cancelRequested = status === 'processing' ? hash[ownFields.cancelRequested] : undefined;
  const expires = hash[ownFields.expires];
  const deadline = hash[ownFields.deadline];

  const job: Draft = {
    id,
    type: prefixOfWellFormed(id),
    version: data.version ?? 1,
    status,
    payload: data.payload,
  };
  if (status === 'completed') job.result = JSON.parse(hash.returnvalue ?? 'null');
  if (hasError && hash.failedReason !== undefined) job.error = errorOf(hash.failedReason);
  if (hash.progress !== undefined) addProgress(job, hash.progress);
  job.createdAt = iso(createdMs);
  if (dueScore !== null && waitsForTime) job.scheduledFor = iso(dueMsOf(dueScore));
  if (startedMs !== undefined) job.startedAt = iso(startedMs);
  if (finishedMs !== undefined && isFinal(status)) job[`${status}At`] = iso(finishedMs);
  if (cancelRequested !== undefined) job.cancelRequestedAt = iso(Number(cancelRequested));
  if (expires !== undefined) job.expiresAt = iso(Number(expires));
  if (deadline !== undefined) job.deadlineAt = iso(Number(deadline));
  job.attempts = { made: attemptsMade + (status === 'processing' ? 1 : 0), max: options.attempts ?? 1 };
  job.priority = priorityOf(Number(hash.priority ?? 0));
  if (startedMs !== undefined) job.queueTimeMs = Math.max(0, startedMs - createdMs);
  if (startedMs !== undefined && finishedMs !== undefined)
    job.processingTimeMs = Math.max(0, finishedMs - startedMs);
  if (hash.pb !== undefined) job.worker = hash.pb;
  if (data.fairnessKey !== undefined) job.fairnessKey = data.fairnessKey;
  if (data.tags !== undefined) job.tags = data.tags;
  if (data.callbackUrl !== undefined) job.callbackUrl = data.callbackUrl;
  if (data.tenant !== undefined) job.tenant = data.tenant;
  if (hash.parentKey !== undefined) job.parentId = hash.parentKey.slice(hash.parentKey.lastIndexOf(':') + 1);
  if (data.children !== undefined) job.children = data.children;
  return job as Job;

  function statusOf(): Job['status'] {
    if (finishedMs !== undefined) {
      if (hash.returnvalue !== undefined) return 'completed';
      return hash.failedReason?.startsWith('cancelled: ') ? 'cancelled' : 'failed';
    }
    if (locked) return 'processing';
    if (dueScore !== null && hash[ownFields.held] === undefined)
      return attemptsMade > 0 ? 'retrying' : 'scheduled';
    return blocked === true ? 'blocked' : 'pending';
  }
}

const optionalNumber = (text: string | undefined) => (text === undefined ? undefined : Number(text));

/** BullMQ's own tools store a number where ours store an object. */
function addProgress(job: Draft, text: string): void {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null) job.progress = value as Job['progress'];
}
