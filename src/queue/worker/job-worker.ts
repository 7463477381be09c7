/**
 * One job type's consumer. Takes jobs from BullMQ, has each attempt run, and turns its outcome into BullMQ's
 * terms: the only place that knows them.
 *
 * A worker proves every `lockMs / 2` that it lives. One that was silent for `lockMs` has lost its jobs: another
 * takes them, and what the first still reports is refused.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type Job as BullJob, createRedisBackend, UnrecoverableError, Worker } from 'bullmq';
import type { JobEventFacts } from '../../models/job-event.js';
import type { Outcome } from '../../models/outcome.js';
import { backoffMs, type Policy } from '../../models/policy.js';
import type { Connection } from '../connection.js';
import type { JobCounts } from '../job-counts.js';
import { type OwnKeys, queueKeys } from '../keys.js';
import { expiredAt, failedReasonOf, type JobData, ownFields } from '../stored-job.js';
import { type Attempt, logLinesMax, prepareAttempt } from './attempt.js';
import { type BriefParts, batchingBackend } from './batching-backend.js';
import type { Cancellations } from './cancellations.js';
import { childOutcomes } from './child-outcomes.js';
import { AttemptFailed, conclude, handBack } from './conclude.js';
import { JobEnds, queueTimeMs } from './job-ends.js';
import type { LastChances } from './last-chances.js';
import { RunBriefJobs } from './run-brief-jobs.js';

export type { Attempt } from './attempt.js';

export interface JobWorkerOptions {
  type: string;
  policy: Policy;
  connection: Connection;
  prefix: string;
  keys: OwnKeys;
  /** Events of jobs that are kept. */
  eventsMax: number;
  /** Shown as the `worker` of a job. */
  name: string;
  concurrency: number;
  lockMs: number;
  /** The setting `shortcuts`: ends and starts of many jobs are one script. */
  batches: boolean;
  /** 0 to 1, for the jitter of a backoff. */
  random: () => number;
  /** Milliseconds since the epoch. */
  now: () => number;
  cancellations: Cancellations;
  /** Shared by the workers of one process. */
  lastChances: LastChances;
  events: { emit(event: JobEventFacts): void };
  execute: (attempt: Attempt) => Promise<Outcome>;
  /** Whether `execute` runs such a job within one turn of the event loop. Absent where it runs none so. Never throws. */
  isBrief?: ((job: { version: number; payload: unknown }) => boolean) | undefined;
  /** Nobody counts when absent. */
  counts?: JobCounts;
  /** Called when a job with a callback has ended. */
  onEnded: (jobId: string) => void;
  onError: (error: Error) => void;
}

/** How often a job may lose its worker before it is given up. */
const workersLostMax = 2;

/**
 * Before a job runs that may be what kills its workers, others that were taken in the same moment are given back, in
 * milliseconds.
 */
const apartMs = 1_000;

export class JobWorker {
  readonly #options: JobWorkerOptions;
  readonly #worker: Worker<JobData>;
  readonly #ends: JobEnds;
  readonly #handBack = new AbortController();
  /** What attempts come to that began as brief jobs and were left. */
  readonly #begun = new Map<string, Promise<Outcome>>();

  constructor(options: JobWorkerOptions) {
    this.#options = options;
    this.#ends = new JobEnds(options);
    this.#worker = new Worker<JobData>(
      options.type,
      (job, token) => this.#process(job, token ?? ''),
      {
        connection: options.connection,
        prefix: options.prefix,
        name: options.name,
        concurrency: options.concurrency,
        lockDuration: options.lockMs,
        stalledInterval: Math.ceil(options.lockMs / 2),
        // After a connection broke. The end of a job must be told before its lock is over.
        runRetryDelay: Math.ceil(options.lockMs / 6),
        maxStalledCount: workersLostMax,
        settings: {
          backoffStrategy: (attemptsMade, _type, error, job) => this.#waitMs(attemptsMade, error, job),
        },
      },
      options.batches
        ? batchingBackend({ ...options, told: this.#ends.told, brief: this.#brief() })
        : createRedisBackend,
    );
    this.#worker.on('error', options.onError);
    this.#worker.on('active', (job) => this.#ends.begun(job));
    this.#worker.on('completed', (job) => this.#ends.completed(job));
    this.#worker.on('failed', (job) => job === undefined || this.#ends.failed(job));
    this.#worker.on('stalled', (jobId) => {
      this.#ends.counts.stalled(options.type);
      options.events.emit({ kind: 'status', jobId, status: 'pending' });
    });
  }

  /** Takes no more jobs; resolves when those it has are finished or, once `handBack` was called, handed back. */
  async close(): Promise<void> {
    await this.#worker.close();
    await this.#ends.noted();
  }

  /** Stops the attempts that are running; each job returns to its queue with no attempt counted. */
  handBack(): void {
    this.#handBack.abort();
  }

  #brief(): BriefParts | undefined {
    const { isBrief } = this.#options;
    if (isBrief === undefined) return undefined;
    const parts = { ...this.#options, isBrief, ends: this.#ends, signal: this.#handBack.signal };
    return {
      jobs: (backend) =>
        new RunBriefJobs({
          ...parts,
          writeProgress: (jobId, progress) => backend.updateProgress(jobId, progress),
          writeLog: (jobId, line) => backend.addLog(jobId, line, logLinesMax),
        }),
      concurrency: this.#options.concurrency,
      onLeft: ({ jobId, outcome }) => void this.#begun.set(jobId, outcome),
      handBack: (jobId, moveToWait) => handBack(this.#options, jobId, moveToWait),
      onError: this.#options.onError,
    };
  }

  async #process(job: BullJob<JobData>, token: string): Promise<unknown> {
    const begun = this.#begun.get(job.id ?? '');
    if (begun !== undefined) {
      this.#begun.delete(job.id ?? '');
      return this.#conclude(await begun, job, token);
    }
    if (job.stalledCounter < workersLostMax) return this.#attempt(job, token);
    const giveBack = this.#options.lastChances.take();
    if (giveBack === undefined) return this.#conclude({ kind: 'held' }, job, token);
    await pause(apartMs);
    return this.#attempt(job, token).finally(giveBack);
  }

  async #attempt(job: BullJob<JobData>, token: string): Promise<unknown> {
    const { type, execute, events, cancellations, connection, prefix, now } = this.#options;
    const jobId = job.id ?? '';
    const attempt = job.attemptsMade + 1;
    const { expiresMs = Infinity, deadlineMs } = await this.#timesOf(job);
    // One that was begun before, and handed back, does not expire any more.
    if (expiresMs <= now() && job.attemptsStarted <= 1) {
      await this.#ends.doNotCount(jobId);
      throw new UnrecoverableError(failedReasonOf(expiredAt(expiresMs)));
    }
    job.opts.keepLogs = logLinesMax;
    this.#ends.counts.started(type, queueTimeMs(job));
    if (!this.#ends.told.has(jobId)) events.emit({ kind: 'status', jobId, status: 'processing', attempt });
    const children = await childOutcomes(connection, prefix, jobId, job.data.children ?? []);
    const prepared = prepareAttempt(
      { ...this.#options, signal: this.#handBack.signal },
      {
        jobId,
        attempt,
        data: job.data,
        children,
        deadlineMs,
        writeProgress: (progress) => job.updateProgress(progress),
        writeLog: (line) => job.log(line),
        onReport: () => void this.#ends.told.delete(jobId),
      },
    );
    const outcome = await execute(prepared.attempt).finally(() => cancellations.release(jobId));
    // What the processor told last must not overtake its end.
    await prepared.written();
    return this.#conclude(outcome, job, token);
  }

  async #timesOf(job: BullJob<JobData>): Promise<{ expiresMs?: number; deadlineMs?: number }> {
    if (job.data.timed === undefined) return {};
    const { connection, prefix, type } = this.#options;
    const key = queueKeys(prefix, type).job(job.id ?? '');
    const [expires, deadline] = await connection.hmget(key, ownFields.expires, ownFields.deadline);
    return {
      ...(expires ? { expiresMs: Number(expires) } : {}),
      ...(deadline ? { deadlineMs: Number(deadline) } : {}),
    };
  }

  #conclude(outcome: Outcome, job: BullJob<JobData>, token: string): Promise<unknown> {
    if (outcome.kind !== 'completed') this.#ends.told.delete(job.id ?? '');
    return conclude(this.#options, outcome, job, token);
  }

  #waitMs(attemptsMade: number, error: unknown, job: { data: JobData } | undefined): number {
    const { policy, random } = this.#options;
    const backoff = { ...policy.backoff, ...overridesOf(job).backoff };
    const askedMs = error instanceof AttemptFailed ? error.retryAfterMs : 0;
    return Math.max(backoffMs(backoff, attemptsMade, random()), askedMs);
  }
}

const overridesOf = (job: { data: JobData } | undefined) => job?.data.options ?? {};
