/** Work that is done while the worker process of a side stands still (SIGSTOP), so that it neither takes part nor can tell. */
import type { OpenSide } from '../sides/side.js';

export async function workerStopped<Result>(
  { pids }: OpenSide,
  work: () => Promise<Result>,
): Promise<Result> {
  const { worker } = pids;
  if (worker === undefined) throw new Error('this side has no worker');
  process.kill(worker, 'SIGSTOP');
  try {
    return await work();
  } finally {
    process.kill(worker, 'SIGCONT');
  }
}
