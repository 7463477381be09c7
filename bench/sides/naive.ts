/** BullMQ without the platform: behind a hand-written Express app (`naive`), or without HTTP at all (`raw BullMQ`). */
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { type RunningChild, startChild } from '../processes.js';
import {
  jobTemplate,
  type OpenSide,
  post,
  type Side,
  type SideOptions,
  startSideRedis,
  storedBytes,
} from './side.js';

/** As in `bench/baseline/work.mjs`. */
const queueName = 'jobs';
const jobOptions = { attempts: 3, backoff: { type: 'exponential', delay: 1_000 } };
/** Jobs of one `addBulk`. */
const batchSize = 1_000;

export const naive: Side = { name: 'naive', open: (options) => open('naive', options) };
export const rawBullmq: Side = {
  name: 'raw BullMQ',
  open: (options) => open('raw-bullmq', { ...options, api: false }),
};

async function open(name: string, { folder, type, api, workers }: SideOptions): Promise<OpenSide> {
  const own = join(folder, name);
  const redis = await startSideRedis(own);
  const where = JSON.stringify(redis.options);
  const start = (file: string, ...args: string[]) =>
    startChild({
      name: file,
      folder: own,
      args: [`bench/baseline/${file}.mjs`, where, ...args],
      environment: { NODE_ENV: 'production' },
    });
  const queue = new Queue(queueName, { connection: { ...redis.options, maxRetriesPerRequest: null } });
  const children: RunningChild[] = [];
  let url = '';
  const pids: OpenSide['pids'] = { redis: redis.pid };
  if (api) {
    const server = await start('naive-api');
    children.push(server);
    url = server.url;
    pids.api = server.pid;
  }
  if (workers !== undefined) {
    const worker = await start('raw-worker', String(workers));
    children.push(worker);
    pids.worker = worker.pid;
  }
  const template = jobTemplate(type);
  let filled = 0;

  return {
    origin: url,
    pids,
    submission: (jobs) =>
      jobs === undefined && api
        ? { origin: url, method: 'POST', paths: ['/api/jobs'], body: { template }, status: 202 }
        : undefined,
    async submitOne() {
      filled += 1;
      const answer = (await post(`${url}/api/jobs`, template.replace('#', `-${filled}`))) as {
        jobId: string;
      };
      return `/api/jobs/${answer.jobId}`;
    },
    async fill(count) {
      for (let left = count; left > 0; left -= batchSize)
        await queue.addBulk(
          Array.from({ length: Math.min(batchSize, left) }, () => {
            filled += 1;
            return { name: type, data: { operation: 'sum', numbers: [filled, 2] }, opts: jobOptions };
          }),
        );
    },
    finished: () => redis.connection.zcard(`bull:${queueName}:completed`),
    storedBytes: () => storedBytes(redis.connection),
    async empty() {
      await redis.connection.flushall();
    },
    async close() {
      await queue.close();
      for (const child of children.reverse()) await child.stop();
      await redis.stop();
    },
  };
}
