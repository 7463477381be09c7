/** Runs in a thread of the pool: one attempt of a CPU-bound processor. See `threads.ts`. */
import type { MessagePort } from 'node:worker_threads';
import { workerData } from 'piscina';
import type { Config } from '../config.js';
import { openFileStore } from '../files/open-file-store.js';
import type { Outcome } from '../models/outcome.js';
import { createContext } from './context.js';
import { importJobType } from './import-job-type.js';
import { runAttempt } from './run-attempt.js';
import type { ThreadReport, ThreadTask } from './threads.js';

const { config } = workerData as { config: Config };
const files = openFileStore(config);
// Never fires: an attempt that is to stop loses its whole thread.
const { signal } = new AbortController();

export default async function run({ task, port }: { task: ThreadTask; port: MessagePort }): Promise<Outcome> {
  const report = (message: ThreadReport) => port.postMessage(message);
  report({ begun: true });
  const { jobId, attempt, children, payload, moduleUrl } = task;
  const context = createContext({
    config,
    files,
    jobId,
    attempt,
    children,
    signal,
    onProgress: (progress) => report({ progress }),
    onLog: (log) => report({ log }),
  });
  return runAttempt(await importJobType(moduleUrl), payload, context, config.resultBytesMax);
}
