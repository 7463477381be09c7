/**
 * What a job costs: processor time of the API server, of the worker server and of Redis, and memory of Redis, for each
 * job. Starts all three, submits jobs over HTTP, has them run, and prints one line.
 *
 *     npx tsx bench/throughput.ts [--jobs 5000] [--batch 1] [--type empty] [--redis URL]
 *
 * Processor time says how many jobs a core does in a second, also where other programs use the machine at the same time;
 * the rate that is measured by the clock does not.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { childEnvironment } from '../src/config.js';
import { connectPatiently } from '../src/queue/connection.js';
import { startPrivateRedis } from '../src/queue/private-redis/start.js';

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '5000' },
    batch: { type: 'string', default: '1' },
    type: { type: 'string', default: 'empty' },
    redis: { type: 'string' },
  },
});
const jobs = Number(values.jobs);
const batch = Number(values.batch);
/** Requests under way at once. */
const concurrency = 32;

const dataDir = await mkdtemp(join(tmpdir(), 'jobwright-bench-'));
const owned =
  values.redis === undefined ? await startPrivateRedis({ dataDir, cacheDir: './.cache' }) : undefined;
const url = owned?.url ?? values.redis ?? '';
const redis = connectPatiently(url);
const prefix = `{bench-${process.pid}}`;
const servers: ChildProcess[] = [];
/** Payloads so far. */
let made = 0;

try {
  const api = await start('src/index.ts');
  await submit(api.url, jobs / 10);
  const memoryBefore = await figureOf('memory', /^used_memory:(\d+)/m);
  const submitting = await measured(api.pid, () => submit(api.url, jobs));
  const bytes = ((await figureOf('memory', /^used_memory:(\d+)/m)) - memoryBefore) / jobs;
  const waiting = await redis.zcard(`${prefix}:${values.type}:prioritized`);
  const worker = await start('src/workers/worker-server.ts', 10);
  const running = await measured(worker.pid, async () => {
    while ((await redis.zcard(`${prefix}:${values.type}:completed`)) < waiting)
      await new Promise((r) => setTimeout(r, 20));
  });
  const finishedBytes = ((await figureOf('memory', /^used_memory:(\d+)/m)) - memoryBefore) / jobs;
  print('submitted', jobs, submitting, bytes);
  print('run', waiting, running, finishedBytes);
} finally {
  for (const child of servers) child.kill('SIGKILL');
  const keys = await redis.keys(`${prefix}*`);
  for (let first = 0; first < keys.length; first += 1_000)
    await redis.unlink(...keys.slice(first, first + 1_000));
  redis.disconnect();
  await owned?.stop();
  await rm(dataDir, { recursive: true, force: true });
}

interface Cost {
  seconds: number;
  /** Processor time, in microseconds. */
  serverUs: number;
  redisUs: number;
}

async function measured(pid: number, work: () => Promise<void>): Promise<Cost> {
  const before = [await processorUs(pid), await redisUs()] as const;
  const startMs = performance.now();
  await work();
  return {
    seconds: (performance.now() - startMs) / 1_000,
    serverUs: (await processorUs(pid)) - before[0],
    redisUs: (await redisUs()) - before[1],
  };
}

function print(what: string, count: number, { seconds, serverUs, redisUs }: Cost, bytes: number): void {
  const server = serverUs / count;
  const perRedis = redisUs / count;
  console.log(
    `${what.padEnd(10)} ${count} jobs of ${values.type}, ${batch} a request: ` +
      `server ${server.toFixed(0)} µs (${(1e6 / server).toFixed(0)}/s a core), ` +
      `Redis ${perRedis.toFixed(0)} µs (${(1e6 / perRedis).toFixed(0)}/s), ` +
      `${bytes.toFixed(0)} bytes a job; by the clock ${(count / seconds).toFixed(0)}/s`,
  );
}

async function start(file: string, workers = 5): Promise<{ url: string; pid: number }> {
  const child = spawn(process.execPath, ['--import', 'tsx', file], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: childEnvironment({
      REDIS_URL: url,
      REDIS_PREFIX: prefix,
      DATA_DIR: dataDir,
      JOB_TYPES: 'bench/job-types',
      PORT: '0',
      RATE_LIMIT: '0',
      WORKERS: String(workers),
      LOG_LEVEL: 'error',
    }),
  });
  servers.push(child);
  const [ready] = (await once(child, 'message')) as [{ url?: string }];
  return { url: ready.url ?? '', pid: child.pid ?? -1 };
}

async function submit(apiUrl: string, count: number): Promise<void> {
  let left = count;
  const send = async () => {
    while (left > 0) {
      const size = Math.min(batch, left);
      left -= size;
      const items = Array.from({ length: size }, (_, n) => ({ type: values.type, payload: payloadOf(n) }));
      const response = await fetch(`${apiUrl}/api/jobs${batch === 1 ? '' : '/batch'}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(batch === 1 ? items[0] : items),
      });
      const answer = await response.text();
      if (!response.ok) throw new Error(`${response.status}: ${answer}`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, send));
}

/** A different one each time, so that no work is shared. */
function payloadOf(n: number): object {
  made += 1;
  return values.type === 'calculation' ? { operation: 'sum', numbers: [made, n] } : { n: made };
}

async function figureOf(section: string, pattern: RegExp): Promise<number> {
  return Number(pattern.exec(await redis.info(section))?.[1] ?? 0);
}

async function redisUs(): Promise<number> {
  const system = await figureOf('cpu', /^used_cpu_sys:([\d.]+)/m);
  return 1e6 * (system + (await figureOf('cpu', /^used_cpu_user:([\d.]+)/m)));
}

/** Of a process, as Linux counts it: user and system, in ticks of ten milliseconds. */
async function processorUs(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}
