/**
 * One job type's consumer. Takes jobs from BullMQ, has each attempt run, and turns its outcome into BullMQ's
 * terms: the only place that knows them.
 *
 * A worker proves every `lockMs / 2` that it lives. One that was silent for `lockMs` has lost its jobs: another
 * takes them, and what the first still reports is refused.
 */
import { type Job as BullJob, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { ChildOutcome } from '../models/job-type.js';
import type { Outcome } from '../models/outcome.js';
import { backoffMs, type Policy } from '../models/policy.js';
import type { Connection } from './connection.js';
import { failedReasonOf, type JobData } from './stored-job.js';

/** One attempt, as the worker is asked to run it. */
export interface Attempt {
  jobId: string;
  /** 1 for the first. */
  attempt: number;
  /** Version of the type under which the job was accepted. */
  version: number;
  payload: unknown;
  /** What its children came to, in the order of the request. */
  children: readonly ChildOutcome[];
  /** It may run this long, in milliseconds. */
  timeoutMs: number;
  /** The whole job must have completed by then, in milliseconds since the epoch. */
  deadlineMs?: number | undefined;
  requestId: string | undefined;
  /** Fires when the worker must hand back what it has. */
  signal: AbortSignal;
  /** Fires when the job was cancelled. */
  cancel?: AbortSignal | undefined;
  progress(progress: { percent: number; message?: string }): void;
  log(message: string): void;
}

export interface JobWorkerOptions {
  type: string;
  policy: Policy;
  connection: Connection;
  prefix: string;
  /** Shown as the `worker` of a job. */
  name: string;
  concurrency: number;
  lockMs: number;
  /** 0 to 1, for the jitter of a backoff. */
  random: () => number;
  execute: (attempt: Attempt) => Promise<Outcome>;
  onError: (error: Error) => void;
}

/** How often a job may lose its worker before it is given up. */
const workersLostMax = 2;

/** Lines that are kept of a job's log, the latest. */
const logLinesMax = 1_000;

export class JobWorker {
  readonly #worker: Worker<JobData>;
  readonly #handBack = new AbortController();

  constructor(options: JobWorkerOptions) {
    const { retention } = options.policy;
    this.#worker = new Worker<JobData>(
      options.type,
      (job, token) => this.#process(job, token ?? '', options),
      {
        connection: options.connection,
        prefix: options.prefix,
        name: options.name,
        concurrency: options.concurrency,
        lockDuration: options.lockMs,
        stalledInterval: Math.ceil(options.lockMs / 2),
        maxStalledCount: workersLostMax,
        removeOnComplete: { age: seconds(retention.completedAgeMs), count: retention.countMax },
        removeOnFail: { age: seconds(retention.failedAgeMs), count: retention.countMax },
        settings: {
          backoffStrategy: (attemptsMade, _type, error, job) =>
            Math.max(
              backoffMs(
                { ...options.policy.backoff, ...overridesOf(job).backoff },
                attemptsMade,
                options.random(),
              ),
              error instanceof AttemptFailed ? error.retryAfterMs : 0,
            ),
        },
      },
    );
    this.#worker.on('error', options.onError);
  }

  /** Takes no more jobs; resolves when those it has are finished or, once `handBack` was called, handed back. */
  close(): Promise<void> {
    return this.#worker.close();
  }

  /** Stops the attempts that are running; each job returns to its queue with no attempt counted. */
  handBack(): void {
    this.#handBack.abort();
  }

  async #process(job: BullJob<JobData>, token: string, options: JobWorkerOptions): Promise<unknown> {
    job.opts.keepLogs = logLinesMax;
    const outcome = await options.execute({
      jobId: job.id ?? '',
      attempt: job.attemptsMade + 1,
      version: job.data.version ?? 1,
      payload: job.data.payload,
      children: [],
      timeoutMs: overridesOf(job).timeoutMs ?? options.policy.timeoutMs,
      requestId: job.data.requestId,
      signal: this.#handBack.signal,
      progress: latestOnly((progress) => job.updateProgress(progress).catch(options.onError)),
      log: (message) => void job.log(message).catch(options.onError),
    });
    switch (outcome.kind) {
      case 'completed':
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
      case 'handed_back':
        await job.moveToWait(token);
        throw new WaitingError();
    }
  }
}

const seconds = (ms: number) => Math.ceil(ms / 1_000);

const overridesOf = (job: { data: JobData } | undefined) => job?.data.options ?? {};

/** One write at a time; of what comes meanwhile only the latest is written. */
function latestOnly<Value>(write: (value: Value) => Promise<void>): (value: Value) => void {
  let waiting: Value[] = [];
  let writing = false;
  return async (value) => {
    waiting = [value];
    if (writing) return;
    writing = true;
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await write(next);
    writing = false;
  };
}

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
