/** How long BullMQ's own worker takes until a job that is sent to it begins, one at a time, in milliseconds. */
import { join } from 'node:path';
import { Queue, QueueEvents } from 'bullmq';
import { startChild } from '../processes.js';
import { startSideRedis } from './side.js';

/** As in `bench/baseline/work.mjs`. */
const queueName = 'jobs';
const endMsMax = 10_000;

export interface PickUp {
  timesMs(jobs: number): Promise<number[]>;
  close(): Promise<void>;
}

export async function openPickUp(folder: string): Promise<PickUp> {
  const own = join(folder, 'pick-up');
  const redis = await startSideRedis(own);
  const connection = { ...redis.options, maxRetriesPerRequest: null };
  const args = ['bench/baseline/raw-pick-up.mjs', JSON.stringify(redis.options)];
  const worker = await startChild({ name: 'worker', folder: own, args });
  const queue = new Queue(queueName, { connection });
  const events = new QueueEvents(queueName, { connection });
  await events.waitUntilReady();
  return {
    async timesMs(jobs) {
      const timesMs: number[] = [];
      for (let n = 0; n < jobs; n += 1) {
        const job = await queue.add('probe', { sentMs: performance.timeOrigin + performance.now() });
        timesMs.push(Number(await job.waitUntilFinished(events, endMsMax)));
      }
      return timesMs;
    },
    async close() {
      await events.close();
      await queue.close();
      await worker.stop();
      await redis.stop();
    },
  };
}
