/**
 * One attempt, step by step:
 *
 * 1. give it a signal that fires at its timeout, and when the worker must hand back what it has; the time counts
 *    from when it runs, not from when it waits for a thread,
 * 2. run it where its type says: in the event loop or in a thread,
 * 3. do not wait for one that ignores its signal: a thread is ended, and what a function in the event loop
 *    still returns is discarded,
 * 4. return the outcome.
 */
import type { Config } from '../config.js';
import type { FileStore } from '../files/file-store.js';
import { failure } from '../models/failure.js';
import type { Outcome } from '../models/outcome.js';
import type { Attempt } from '../queue/job-worker.js';
import { type AttemptFacts, type AttemptReports, createContext } from './context.js';
import type { RegisteredType } from './registry.js';
import { runAttempt, stopped } from './run-attempt.js';
import type { Threads } from './threads.js';

export interface ExecuteParts {
  config: Config;
  files: FileStore;
  threads: Threads;
}

export async function execute(
  registered: RegisteredType,
  attempt: Attempt,
  parts: ExecuteParts,
): Promise<Outcome> {
  const stop = new AbortController();
  const { signal } = stop;
  const handBack = () =>
    stop.abort(failure('worker_stopped', 'The worker shut down before the attempt ended.'));
  attempt.signal.addEventListener('abort', handBack, { once: true });
  if (attempt.signal.aborted) handBack();
  let timer: NodeJS.Timeout | undefined;
  const run: Run = {
    jobId: attempt.jobId,
    attempt: attempt.attempt,
    children: attempt.children,
    payload: attempt.payload,
    signal,
    onBegin: () => {
      const tooLong = `The attempt ran longer than ${attempt.timeoutMs} ms.`;
      timer = setTimeout(() => stop.abort(failure('attempt_timeout', tooLong)), attempt.timeoutMs);
    },
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
    clearTimeout(timer);
    attempt.signal.removeEventListener('abort', handBack);
  }
}

interface Run extends AttemptFacts, AttemptReports {
  payload: unknown;
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
  return runAttempt(definition, run.payload, createContext({ config, files, ...run }), config.resultBytesMax);
}

async function inThread(
  { moduleUrl }: RegisteredType,
  run: Run,
  { threads }: ExecuteParts,
): Promise<Outcome> {
  const { jobId, attempt, children, payload, signal } = run;
  try {
    return await threads.run({
      moduleUrl,
      jobId,
      attempt,
      children,
      payload,
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
