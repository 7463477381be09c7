/** The load generator as the harness sees it: a process that is given orders, one at a time. */
import { fileURLToPath } from 'node:url';
import { answerOf, type RunningChild, startChild } from '../processes.js';
import type { LoadOrder, LoadResult } from './order.js';

const generator = fileURLToPath(new URL('generator.ts', import.meta.url));

export interface Load {
  pid: number;
  /** @throws Error with the first answer that was not expected */
  send(order: LoadOrder): Promise<LoadResult>;
  stop(): Promise<void>;
}

export async function startLoad(folder: string, name = 'load'): Promise<Load> {
  const process: RunningChild = await startChild({ name, folder, args: ['--import', 'tsx', generator] });
  return {
    pid: process.pid,
    async send(order) {
      const result = await answerOf<LoadResult>(process, order);
      if (result.failure !== undefined) throw new Error(`the load was broken off: ${result.failure}`);
      return result;
    },
    stop: () => process.stop(),
  };
}
