/**
 * One job type's consumer. Takes jobs from BullMQ, has each attempt run, and turns its outcome into BullMQ's
 * terms: the only place that knows them.
 *
 * A worker proves every `lockMs / 2` that it lives. One that was silent for `lockMs` has lost its jobs: another
 * takes them, and what the first still reports is refused.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type Job as BullJob, DelayedError, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { JobEventFacts } from '../../models/job-event.js';
import type { ChildOutcome } from '../../models/job-type.js';
import type { Outcome } from '../../models/outcome.js';
import { backoffMs, type Policy } from '../../models/policy.js';
import { originIn, type TraceOrigin } from '../../tracing/traceparent.js';
import { noteFailure, statusAfter } from '../changes/record-end.js';
import type { Connection } from '../connection.js';
import { type EndFacts, type JobCounts, uncounted } from '../job-counts.js';
import { type OwnKeys, queueKeys } from '../keys.js';
import { noteFailedAttempt } from '../lists/failed-attempts.js';
import { errorOf, expiredAt, failedReasonOf, type JobData, ownFields } from '../stored-job.js';
import { noteCompleted } from '../tenants/tenant-sets.js';
import type { Cancellations } from './cancellations.js';
import { childOutcomes } from './child-outcomes.js';
import type { LastChances } from './last-chances.js';
import { Reports } from './reports.js';

/** One attempt, as the worker is asked to run it. */
export interface Attempt {
  jobId: string;
  /** 1 for the first. */
  attempt: number;
  /** Version of the type under which the job was accepted. */
  version: number;
  payload: unknown;
  /** Whose job it is, where there are API keys. */
  tenant?: string;
  /** What its children came to, in the order of the request. */
  children: readonly ChildOutcome[];
  /** It may run this long, in milliseconds. */
  timeoutMs: number;
  /** When the job must have completed, in milliseconds since the epoch. */
  deadlineMs?: number;
  requestId: string | undefined;
  /** Where the trace of that request goes on from. */
  origin?: TraceOrigin | undefined;
  /** Fires when the worker must hand back what it has. */
  signal: AbortSignal;
  /** Fires when the job is cancelled. */
  cancel?: AbortSignal;
  progress(progress: { percent: number; message?: string }): void;
  log(message: string): void;
}

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
  /** 0 to 1, for the jitter of a backoff. */
  random: () => number;
  /** Milliseconds since the epoch. */
  now: () => number;
  cancellations: Cancellations;
  /** Shared by the workers of one process. */
  lastChances: LastChances;
  events: { emit(event: JobEventFacts): void };
  execute: (attempt: Attempt) => Promise<Outcome>;
  /** Nobody counts when absent. */
  counts?: JobCounts;
  /** Called when a job with a callback has ended. */
  onEnded: (jobId: string) => void;
  onError: (error: Error) => void;
}

/** How often a job may lose its worker before it is given up. */
const workersLostMax = 2;

/** Lines that are kept of a job's log, the latest. */
const logLinesMax = 1_000;

/** How long a job that this worker cannot run now is left to others, before it looks at it again, in milliseconds. */
const heldMs = 2_000;

/**
 * Before a job runs that may be what kills its workers, others that were taken in the same moment are given back, in
 * milliseconds.
 */
const apartMs = 1_000;

export class JobWorker {
  readonly #options: JobWorkerOptions;
  readonly #worker: Worker<JobData>;
  readonly #counts: JobCounts;
  readonly #handBack = new AbortController();
  /** What is still to be noted of jobs that have ended. */
  readonly #notes = new Set<Promise<void>>();

  constructor(options: JobWorkerOptions) {
    this.#options = options;
    this.#counts = options.counts ?? uncounted;
    this.#worker = new Worker<JobData>(options.type, (job, token) => this.#process(job, token ?? ''), {
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
    });
    this.#worker.on('error', options.onError);
    this.#worker.on('active', (job) => this.#begun(job));
    this.#worker.on('completed', (job) => this.#completed(job));
    this.#worker.on('failed', (job) => job === undefined || this.#note(this.#failed(job)));
    this.#worker.on('stalled', (jobId) => {
      this.#counts.stalled(options.type);
      options.events.emit({ kind: 'status', jobId, status: 'pending' });
    });
  }

  /** Takes no more jobs; resolves when those it has are finished or, once `handBack` was called, handed back. */
  async close(): Promise<void> {
    await this.#worker.close();
    await Promise.all(this.#notes);
  }

  /** Stops the attempts that are running; each job returns to its queue with no attempt counted. */
  handBack(): void {
    this.#handBack.abort();
  }

  async #process(job: BullJob<JobData>, token: string): Promise<unknown> {
    if (job.stalledCounter < workersLostMax) return this.#attempt(job, token);
    const giveBack = this.#options.lastChances.take();
    if (giveBack === undefined) return this.#conclude({ kind: 'held' }, job, token);
    await pause(apartMs);
    return this.#attempt(job, token).finally(giveBack);
  }

  async #attempt(job: BullJob<JobData>, token: string): Promise<unknown> {
    const { execute, events, cancellations, policy, connection, prefix, now, onError } = this.#options;
    const jobId = job.id ?? '';
    const attempt = job.attemptsMade + 1;
    const { expiresMs = Infinity, deadlineMs } = await this.#timesOf(job);
    // One that was begun before, and handed back, does not expire any more.
    if (expiresMs <= now() && job.attemptsStarted <= 1) {
      await this.#doNotCount(jobId);
      throw new UnrecoverableError(failedReasonOf(expiredAt(expiresMs)));
    }
    job.opts.keepLogs = logLinesMax;
    this.#counts.started(this.#options.type, queueTimeMs(job));
    events.emit({ kind: 'status', jobId, status: 'processing', attempt });
    const children = await childOutcomes(connection, prefix, jobId, job.data.children ?? []);
    const reports = new Reports(onError);
    const outcome = await execute({
      jobId,
      attempt,
      version: job.data.version ?? 1,
      payload: job.data.payload,
      tenant: job.data.tenant,
      children,
      timeoutMs: overridesOf(job).timeoutMs ?? policy.timeoutMs,
      deadlineMs,
      requestId: job.data.requestId,
      origin: originIn(job.data),
      signal: this.#handBack.signal,
      cancel: cancellations.watch(jobId),
      progress: (progress) => {
        reports.latest(() => job.updateProgress(progress));
        events.emit({ kind: 'progress', jobId, ...progress });
      },
      log: (message) => {
        reports.each(() => job.log(`${new Date(now()).toISOString()} ${attempt} ${message}`));
        events.emit({ kind: 'log', jobId, attempt, message });
      },
    }).finally(() => cancellations.release(jobId));
    // What the processor told last must not overtake its end.
    await reports.written();
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

  /** An outcome in BullMQ's terms. */
  async #conclude(outcome: Outcome, job: BullJob<JobData>, token: string): Promise<unknown> {
    const { connection, prefix, type, events, now } = this.#options;
    const jobId = job.id ?? '';
    if (outcome.kind !== 'completed' && outcome.kind !== 'failed' && outcome.kind !== 'cancelled') {
      // It would wait for another run, and was cancelled too late for this one to be stopped.
      const reason = await connection.hget(queueKeys(prefix, type).job(jobId), 'defa');
      if (reason !== null) throw new UnrecoverableError(reason);
    }
    switch (outcome.kind) {
      case 'completed':
        // On the same connection, so before BullMQ's end; too early does no harm.
        noteCompleted(this.#options, jobId, job.data.tenant).catch(this.#options.onError);
        return outcome.result;
      case 'retry':
        throw new AttemptFailed(failedReasonOf(outcome.error), outcome.error.internal, outcome.retryAfterMs);
      case 'cancelled':
      case 'failed': {
        const error = new UnrecoverableError(failedReasonOf(outcome.error));
        error.stack = outcome.error.internal ?? error.message;
        throw error;
      }
      case 'held':
        await connection.hset(queueKeys(prefix, type).job(jobId), ownFields.held, 1);
        await job.moveToDelayed(now() + heldMs, token);
        events.emit({ kind: 'status', jobId, status: 'pending' });
        throw new DelayedError();
      case 'handed_back':
        await job.moveToWait(token);
        events.emit({ kind: 'status', jobId, status: 'pending' });
        throw new WaitingError();
    }
  }

  #waitMs(attemptsMade: number, error: unknown, job: { data: JobData } | undefined): number {
    const { policy, random } = this.#options;
    const backoff = { ...policy.backoff, ...overridesOf(job).backoff };
    const askedMs = error instanceof AttemptFailed ? error.retryAfterMs : 0;
    return Math.max(backoffMs(backoff, attemptsMade, random()), askedMs);
  }

  #begun(job: BullJob<JobData>): void {
    // BullMQ ends it at once, for what happened while it waited.
    if (job.deferredFailure) void this.#doNotCount(job.id ?? '').catch(this.#options.onError);
    else if (job.attemptsStarted > 1) {
      const { connection, prefix, type, onError } = this.#options;
      connection.hdel(queueKeys(prefix, type).job(job.id ?? ''), ownFields.held).catch(onError);
    }
  }

  /** What ends without having run has made no attempt. BullMQ counts one at the end. */
  async #doNotCount(jobId: string): Promise<void> {
    const { connection, prefix, type } = this.#options;
    await connection.hincrby(queueKeys(prefix, type).job(jobId), 'atm', -1);
  }

  #completed(job: BullJob<JobData>): void {
    const id = job.id ?? '';
    this.#counts.completed(this.#options.type, endFactsOf(job));
    this.#options.events.emit({ kind: 'status', jobId: id, status: 'completed', attempt: job.attemptsMade });
    if (job.data.callbackUrl !== undefined) this.#options.onEnded(id);
  }

  async #failed(job: BullJob<JobData>): Promise<void> {
    const { type, events, name, now } = this.#options;
    const id = job.id ?? '';
    const error = errorOf(job.failedReason ?? '');
    const hasRun = job.deferredFailure === undefined && error.code !== 'expired';
    if (job.finishedOn === undefined) this.#counts.retried(type, error.code);
    else this.#counts.ended(type, error.code, hasRun ? endFactsOf(job) : { tenant: job.data.tenant });
    const attempt = job.attemptsMade;
    if (hasRun)
      await noteFailedAttempt(this.#options, id, {
        attempt,
        startedAt: new Date(job.processedOn ?? now()).toISOString(),
        endedAt: new Date(job.finishedOn ?? now()).toISOString(),
        ...error,
        worker: name,
      });
    if (job.finishedOn === undefined)
      return void events.emit({ kind: 'status', jobId: id, status: 'retrying', attempt, error });
    await noteFailure(this.#options, id, error);
    const made = hasRun ? { attempt } : {};
    events.emit({ kind: 'status', jobId: id, status: statusAfter(error), ...made, error });
    if (job.data.callbackUrl !== undefined) this.#options.onEnded(id);
  }

  #note(noted: Promise<void>): void {
    const done: Promise<void> = noted.catch(this.#options.onError).finally(() => this.#notes.delete(done));
    this.#notes.add(done);
  }
}

/** How long it waited for a worker since it could start, in milliseconds; undefined where it has started before. */
function queueTimeMs({
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

const overridesOf = (job: { data: JobData } | undefined) => job?.data.options ?? {};

class AttemptFailed extends Error {
  constructor(
    message: string,
    internal: string | undefined,
    readonly retryAfterMs = 0,
  ) {
    super(message);
    this.stack = internal ?? message;
  }
}
