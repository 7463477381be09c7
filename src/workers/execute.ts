/**
 * One attempt, step by step:
 *
 * 1. give it a signal that fires at its timeout, and when the worker must hand back what it has,
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
import { createContext } from './context.js';
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
  { config, files, threads }: ExecuteParts,
): Promise<Outcome> {
  const stop = new AbortController();
  const { signal } = stop;
  const onHandBack = () =>
    stop.abort(failure('worker_stopped', 'The worker shut down before the attempt ended.'));
  const timer = setTimeout(
    () => stop.abort(failure('attempt_timeout', `The attempt ran longer than ${attempt.timeoutMs} ms.`)),
    attempt.timeoutMs,
  );
  attempt.signal.addEventListener('abort', onHandBack, { once: true });
  if (attempt.signal.aborted) onHandBack();
  const { jobId, payload } = attempt;
  // What a stopped processor still reports is no longer the job's.
  const progress: Attempt['progress'] = (value) => signal.aborted || attempt.progress(value);
  const log: Attempt['log'] = (message) => signal.aborted || attempt.log(message);
  const outcome =
    registered.definition.runIn === 'thread'
      ? runInThread()
      : runAttempt(
          registered.definition,
          payload,
          createContext({
            config,
            files,
            signal,
            jobId,
            attempt: attempt.attempt,
            onProgress: progress,
            onLog: log,
          }),
          config.resultBytesMax,
        );
  try {
    return await Promise.race([outcome, stoppedBy(signal)]);
  } finally {
    clearTimeout(timer);
    attempt.signal.removeEventListener('abort', onHandBack);
  }

  async function runInThread(): Promise<Outcome> {
    try {
      return await threads.run({
        moduleUrl: registered.moduleUrl,
        jobId,
        attempt: attempt.attempt,
        payload,
        signal,
        onReport: (report) => ('log' in report ? log(report.log) : progress(report.progress)),
      });
    } catch (error) {
      if (signal.aborted) return stopped(signal.reason);
      // The thread itself broke, by an error that no code caught or for want of memory.
      return stopped(
        failure('processor_error', 'The thread of the processor ended unexpectedly.', { cause: error }),
      );
    }
  }
}

function stoppedBy(signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(stopped(signal.reason));
    signal.addEventListener('abort', () => resolve(stopped(signal.reason)), { once: true });
  });
}
