/** The platform itself, as `npm run build` leaves it, with everything on that is on by default. */
import { join, resolve } from 'node:path';
import { inspectFlag, liveHeapBytes } from '../measure/live-heap.js';
import { type RunningChild, type StartOptions, startChild } from '../processes.js';
import { jobTemplate, type OpenSide, post, type Side, startSideRedis, storedBytes } from './side.js';

const apiServer = 'dist/index.js';
const workerServer = 'dist/workers/worker-server.js';
const prefix = '{bench}';
/** Jobs of one request when many are put in. */
const batchSize = 1_000;

export const jobwright: Side = {
  name: 'jobwright',
  async open(options): Promise<OpenSide> {
    const { folder, type, api, workers, workerServers = 1, profile, inspected, settings = {} } = options;
    const own = join(folder, 'jobwright');
    const redis = await startSideRedis(own);
    const environment = environmentOf({
      folder: own,
      redisUrl: redis.url,
      settings: { ...(workers === undefined ? {} : { WORKERS: String(workers) }), ...settings },
    });
    const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(profile)}`];
    const start = (name: string, file: string, flags: string[] = []) =>
      startChild({ name, folder: own, args: [...profiling, ...flags, file], environment });
    const children: RunningChild[] = [];
    let url = '';
    let liveHeap: OpenSide['liveHeapBytes'];
    const pids: OpenSide['pids'] = { redis: redis.pid };
    if (api) {
      const server = await start('api', apiServer, inspected ? [inspectFlag] : []);
      if (inspected) liveHeap = () => liveHeapBytes(server.said());
      children.push(server);
      url = server.url;
      pids.api = server.pid;
    }
    for (let n = 1; n <= (workers === undefined ? 0 : workerServers); n += 1) {
      const role = n === 1 ? 'worker' : `worker ${n}`;
      const server = await start(role, workerServer);
      children.push(server);
      pids[role] = server.pid;
    }
    const template = jobTemplate(type);
    let filled = 0;
    const jobs = (count: number) =>
      Array.from({ length: count }, () => {
        filled += 1;
        return template.replace('#', `-${filled}`);
      });

    return {
      origin: url,
      pids,
      submission: (jobsOfOne) => ({
        origin: url,
        method: 'POST',
        paths: [jobsOfOne === undefined ? '/api/jobs' : '/api/jobs/batch'],
        body: { template, jobs: jobsOfOne },
        status: jobsOfOne === undefined ? 202 : 200,
      }),
      async submitOne() {
        const answer = (await post(`${url}/api/jobs`, jobs(1)[0] ?? '')) as { jobId: string };
        return `/api/jobs/${answer.jobId}`;
      },
      async fill(count) {
        for (let left = count; left > 0; left -= batchSize)
          await post(`${url}/api/jobs/batch`, `[${jobs(Math.min(batchSize, left))}]`);
      },
      finished: () => redis.connection.zcard(`${prefix}:${type}:completed`),
      storedBytes: () => storedBytes(redis.connection),
      ...(liveHeap === undefined ? {} : { liveHeapBytes: liveHeap }),
      async empty() {
        await redis.connection.flushall();
      },
      async close() {
        for (const child of children.reverse()) await child.stop();
        await redis.stop();
      },
    };
  },
};

interface Place {
  folder: string;
  redisUrl: string;
  settings?: Record<string, string>;
}

/** The API server by itself, with the job types that it has by itself. */
export const apiOf = (place: Place): StartOptions => ({
  name: 'api',
  folder: place.folder,
  args: [apiServer],
  environment: environmentOf({ ...place, settings: { JOB_TYPES: '' } }),
});

const environmentOf = ({ folder, redisUrl, settings = {} }: Place): Record<string, string> => ({
  NODE_ENV: 'production',
  REDIS_URL: redisUrl,
  REDIS_PREFIX: prefix,
  DATA_DIR: join(folder, 'data'),
  PORT: '0',
  JOB_TYPES: 'bench/job-types',
  // The limit is on, and counts; it is only not reached.
  RATE_LIMIT: '1000000',
  ...settings,
});
