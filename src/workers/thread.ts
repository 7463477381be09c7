/** Runs in a thread of the pool: one attempt of a CPU-bound processor. See `threads.ts`. */
import { setPriority } from 'node:os';
import type { MessagePort } from 'node:worker_threads';
import { workerData } from 'piscina';
import { openFileStore } from '../files/open-file-store.js';
import type { Outcome } from '../models/outcome.js';
import { createContext } from './context.js';
import { importJobType } from './import-job-type.js';
import { runAttempt } from './run-attempt.js';
import { callsTracedOutside } from './thread-calls.js';
import type { ThreadData, ThreadReport, ThreadTask } from './threads.js';

const { config, niceness } = workerData as ThreadData;
// On Linux it is the thread's own; elsewhere it would be the whole worker's.
if (niceness > 0 && process.platform === 'linux') setPriority(niceness);
const files = openFileStore(config);
// Never fires: an attempt that is to stop loses its whole thread.
const { signal } = new AbortController();

export default async function run({ task, port }: { task: ThreadTask; port: MessagePort }): Promise<Outcome> {
  const report = (message: ThreadReport) => port.postMessage(message);
  report({ begun: true });
  const { jobId, attempt, tenant, children, payload, version, moduleUrl, isTraced } = task;
  const jobType = await importJobType(moduleUrl);
  const context = createContext({
    config,
    policy: jobType.policy,
    files,
    jobId,
    attempt,
    tenant,
    children,
    signal,
    ...(isTraced ? { trace: callsTracedOutside(port) } : {}),
    onProgress: (progress) => report({ progress }),
    onLog: (log) => report({ log }),
  });
  return runAttempt(jobType, { payload, version }, context, config.resultBytesMax);
}
