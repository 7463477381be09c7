/**
 * What is told, counted and noted when a job begins and when it ends, in whichever way: by BullMQ's Worker, or as a brief
 * job without it.
 */
import type { Job as BullJob } from 'bullmq';
import type { JobEventFacts } from '../../models/job-event.js';
import { noteFailure, statusAfter } from '../changes/record-end.js';
import type { Connection } from '../connection.js';
import { type EndFacts, type JobCounts, uncounted } from '../job-counts.js';
import { type OwnKeys, queueKeys } from '../keys.js';
import { noteFailedAttempt } from '../lists/failed-attempts.js';
import { errorOf, type JobData, ownFields } from '../stored-job.js';

export interface JobEndsParts {
  type: string;
  connection: Connection;
  prefix: string;
  keys: OwnKeys;
  eventsMax: number;
  /** Of the worker. */
  name: string;
  now: () => number;
  events: { emit(event: JobEventFacts): void };
  counts?: JobCounts;
  onEnded: (jobId: string) => void;
  onError: (error: Error) => void;
}

export class JobEnds {
  readonly counts: JobCounts;
  /** Jobs of which nothing was told but in the script that started them: it may tell their end as well. */
  readonly told = new Set<string>();
  readonly #parts: JobEndsParts;
  /** What is still to be noted of jobs that have ended. */
  readonly #notes = new Set<Promise<void>>();

  constructor(parts: JobEndsParts) {
    this.#parts = parts;
    this.counts = parts.counts ?? uncounted;
  }

  /** Resolves when all is noted. */
  async noted(): Promise<void> {
    await Promise.all(this.#notes);
  }

  begun(job: BullJob<JobData>): void {
    // BullMQ ends it at once, for what happened while it waited.
    if (job.deferredFailure) void this.doNotCount(job.id ?? '').catch(this.#parts.onError);
    else if (job.attemptsStarted > 1) {
      const { connection, prefix, type, onError } = this.#parts;
      connection.hdel(queueKeys(prefix, type).job(job.id ?? ''), ownFields.held).catch(onError);
    }
  }

  /** What ends without having run has made no attempt. BullMQ counts one at the end. */
  async doNotCount(jobId: string): Promise<void> {
    const { connection, prefix, type } = this.#parts;
    await connection.hincrby(queueKeys(prefix, type).job(jobId), 'atm', -1);
  }

  completed(job: BullJob<JobData>): void {
    const id = job.id ?? '';
    this.counts.completed(this.#parts.type, endFactsOf(job));
    if (!this.told.delete(id))
      this.#parts.events.emit({
        kind: 'status',
        jobId: id,
        status: 'completed',
        attempt: job.attemptsMade,
      });
    if (job.data.callbackUrl !== undefined) this.#parts.onEnded(id);
  }

  failed(job: BullJob<JobData>): void {
    const done: Promise<void> = this.#noteFailed(job)
      .catch(this.#parts.onError)
      .finally(() => this.#notes.delete(done));
    this.#notes.add(done);
  }

  async #noteFailed(job: BullJob<JobData>): Promise<void> {
    const { type, events, name, now } = this.#parts;
    const id = job.id ?? '';
    const error = errorOf(job.failedReason ?? '');
    const hasRun = job.deferredFailure === undefined && error.code !== 'expired';
    if (job.finishedOn === undefined) this.counts.retried(type, error.code);
    else this.counts.ended(type, error.code, hasRun ? endFactsOf(job) : { tenant: job.data.tenant });
    const attempt = job.attemptsMade;
    const failedAttempt = {
      attempt,
      startedAt: new Date(job.processedOn ?? now()).toISOString(),
      endedAt: new Date(job.finishedOn ?? now()).toISOString(),
      ...error,
      worker: name,
    };
    // Together: whoever sees that it has failed soon looks for it in the lists.
    await Promise.all([
      job.finishedOn !== undefined && noteFailure(this.#parts, id, error),
      hasRun && noteFailedAttempt(this.#parts, id, failedAttempt),
    ]);
    if (job.finishedOn === undefined)
      return void events.emit({ kind: 'status', jobId: id, status: 'retrying', attempt, error });
    const made = hasRun ? { attempt } : {};
    events.emit({ kind: 'status', jobId: id, status: statusAfter(error), ...made, error });
    if (job.data.callbackUrl !== undefined) this.#parts.onEnded(id);
  }
}

/** How long it waited for a worker since it could start, in milliseconds; undefined where it has started before. */
export function queueTimeMs({
  attemptsStarted,
  timestamp,
  opts,
  processedOn,
}: BullJob<JobData>): number | undefined {
  if (attemptsStarted > 1 || processedOn === undefined) return undefined;
  return Math.max(0, processedOn - timestamp - (opts.delay ?? 0));
}

function endFactsOf(job: BullJob<JobData>): EndFacts {
  const { processedOn, finishedOn, data } = job;
  const hasTimes = processedOn !== undefined && finishedOn !== undefined;
  return {
    tenant: data.tenant,
    queueTimeMs: queueTimeMs(job),
    processingTimeMs: hasTimes ? Math.max(0, finishedOn - processedOn) : undefined,
  };
}
