/**
 * One attempt, step by step:
 *
 * 1. hold a job that a newer version of its type accepted: this worker does not understand it,
 * 2. run one that is over at once, and be done; see `run-briefly.ts`,
 * 3. give the attempt a signal that fires when it is to stop; see `stop-signal.ts`. Its time counts from when it runs,
 *    not from when it waits for a thread,
 * 4. run it where its type says: in the event loop or in a thread,
 * 5. do not wait for one that ignores its signal: a thread is ended, and what a function in the event loop
 *    still returns is discarded,
 * 6. return the outcome.
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
import { isBrief, neverStopped } from './run-briefly.js';
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
  if (isBrief(registered.definition, attempt)) return briefly(registered, attempt, parts);
  const { signal, onBegin, release } = stopSignalOf(attempt, parts.now());
  if (signal.aborted) {
    release();
    return stopped(signal.reason);
  }
  const run: Run = {
    ...factsOf(attempt),
    accepted: { payload: attempt.payload, version: attempt.version },
    signal,
    onBegin,
    // What a stopped processor still reports is no longer the job's.
    onProgress: (progress) => signal.aborted || attempt.progress(progress),
    onLog: (message) => signal.aborted || attempt.log(message),
  };
  const outcome =
    registered.definition.runIn === 'thread'
      ? inThread(registered, run, parts)
      : inEventLoop(registered, run, parts);
  try {
    return await Promise.race([outcome, stoppedBy(signal)]);
  } finally {
    release();
  }
}

function briefly(
  { definition }: RegisteredType,
  attempt: Attempt,
  { config, files }: ExecuteParts,
): Promise<Outcome> {
  const context = createContext({
    config,
    files,
    policy: definition.policy,
    ...factsOf(attempt),
    signal: neverStopped,
    onProgress: attempt.progress,
    onLog: attempt.log,
  });
  return runAttempt(definition, attempt, context, config.resultBytesMax);
}

const factsOf = ({ jobId, attempt, tenant, children }: Attempt): AttemptFacts => ({
  jobId,
  attempt,
  tenant,
  children,
});

interface Run extends AttemptFacts, AttemptReports {
  accepted: AcceptedPayload;
  signal: AbortSignal;
  /** The time of the attempt counts from here: an attempt that waits for a thread does not run yet. */
  onBegin(): void;
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
