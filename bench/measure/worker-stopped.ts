/** Worker processes that stand still (SIGSTOP), so that they neither take part nor can tell. */
import type { OpenSide } from '../sides/side.js';

/** Stands still until it is closed; for a side without a worker nothing changes. */
export function stopWorker({ pids }: OpenSide): void {
  if (pids.worker !== undefined) process.kill(pids.worker, 'SIGSTOP');
}

/** Stands still while something else is done. */
export async function workerStopped<Result>(side: OpenSide, work: () => Promise<Result>): Promise<Result> {
  stopWorker(side);
  try {
    return await work();
  } finally {
    if (side.pids.worker !== undefined) process.kill(side.pids.worker, 'SIGCONT');
  }
}
