/**
 * One attempt, step by step:
 *
 * 1. hold a job that a newer version of its type accepted: this worker does not understand it,
 * 2. give the attempt a signal that fires when it is to stop; see `stop-signal.ts`. Its time counts from when it runs,
 *    not from when it waits for a thread,
 * 3. run it where its type says: in the event loop or in a thread; what is over before a thread has it stays here,
 * 4. do not wait for one that ignores its signal: a thread is ended, and what a function in the event loop
 *    still returns is discarded,
 * 5. return the outcome.
 */
import type { Config } from '../config.js';
import type { FileStore } from '../files/file-store.js';
import { failure } from '../models/failure.js';
import type { Outcome } from '../models/outcome.js';
import type { Lane } from '../models/policy.js';
import type { Attempt } from '../queue/worker/job-worker.js';
import { type AttemptFacts, type AttemptReports, createContext } from './context.js';
import type { RegisteredType } from './registry.js';
import { type AcceptedPayload, runAttempt, stopped } from './run-attempt.js';
import { stopSignalOf } from './stop-signal.js';
import type { Threads } from './threads.js';

export interface ExecuteParts {
  config: Config;
  files: FileStore;
  /** A pool for each lane that has a type which runs in threads. */
  threads: ReadonlyMap<Lane, Threads>;
  now: () => number;
}

export async function execute(
  registered: RegisteredType,
  attempt: Attempt,
  parts: ExecuteParts,
): Promise<Outcome> {
  if (attempt.version > registered.definition.version) return { kind: 'held' };
  const { signal, onBegin, release } = stopSignalOf(attempt, parts.now());
  if (signal.aborted) {
    release();
    return stopped(signal.reason);
  }
  const run: Run = {
    jobId: attempt.jobId,
    attempt: attempt.attempt,
    tenant: attempt.tenant,
    children: attempt.children,
    accepted: { payload: attempt.payload, version: attempt.version },
    signal,
    onBegin,
    // What a stopped processor still reports is no longer the job's.
    onProgress: (progress) => signal.aborted || attempt.progress(progress),
    onLog: (message) => signal.aborted || attempt.log(message),
  };
  const outcome = needsThread(registered, run.accepted)
    ? inThread(registered, run, parts)
    : inEventLoop(registered, run, parts);
  try {
    return await Promise.race([outcome, stoppedBy(signal)]);
  } finally {
    release();
  }
}

interface Run extends AttemptFacts, AttemptReports {
  accepted: AcceptedPayload;
  signal: AbortSignal;
  /** The time of the attempt counts from here: an attempt that waits for a thread does not run yet. */
  onBegin(): void;
}

function needsThread({ definition }: RegisteredType, { payload, version }: AcceptedPayload): boolean {
  if (definition.runIn !== 'thread') return false;
  // One that is to be upgraded first could be anything.
  if (definition.isBrief === undefined || version !== definition.version) return true;
  try {
    return !definition.isBrief(payload);
  } catch {
    // Another tool stored it: parsing says what is wrong.
    return true;
  }
}

function inEventLoop(
  { definition }: RegisteredType,
  run: Run,
  { config, files }: ExecuteParts,
): Promise<Outcome> {
  run.onBegin();
  const context = createContext({ config, files, policy: definition.policy, ...run });
  return runAttempt(definition, run.accepted, context, config.resultBytesMax);
}

async function inThread(
  { moduleUrl, definition }: RegisteredType,
  run: Run,
  { threads }: ExecuteParts,
): Promise<Outcome> {
  const pool = threads.get(definition.policy.lane);
  if (pool === undefined) throw new Error(`there are no threads for the ${definition.policy.lane} lane`);
  const { jobId, attempt, tenant, children, accepted, signal } = run;
  try {
    return await pool.run({
      moduleUrl,
      jobId,
      attempt,
      tenant,
      children,
      ...accepted,
      signal,
      onReport: (report) => {
        if ('begun' in report) run.onBegin();
        else if ('log' in report) run.onLog(report.log);
        else run.onProgress(report.progress);
      },
    });
  } catch (error) {
    if (signal.aborted) return stopped(signal.reason);
    // The thread itself broke, by an error that no code caught or for want of memory.
    return stopped(
      failure('processor_error', 'The thread of the processor ended unexpectedly.', { cause: error }),
    );
  }
}

function stoppedBy(signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(stopped(signal.reason));
    signal.addEventListener('abort', () => resolve(stopped(signal.reason)), { once: true });
  });
}
