import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type JobBody, startApi, type TestApi } from '../support/api.js';
import { runFile, until } from '../support/processes.js';

const jobTypes = 'test/support/job-types,test/support/long-types';

/** An API, and a way to run worker servers for it, each a process of its own. */
async function start() {
  const api = await startApi({ JOB_TYPES: jobTypes, THREADS: '2' });
  onTestFinished(() => api.close());
  const worker = async (...args: string[]) => {
    const { redisUrl, redisPrefix, dataDir } = api.config;
    const process = runFile('src/cli/jobwright.ts', {
      args: ['--role', 'worker', ...args],
      environment: {
        REDIS_URL: redisUrl,
        REDIS_PREFIX: redisPrefix,
        DATA_DIR: dataDir,
        JOB_TYPES: jobTypes,
        THREADS: '2',
      },
    });
    await process.says(/worker server started/);
    return process;
  };
  return { api, worker };
}

async function post(api: TestApi, type: string, payload: unknown): Promise<string> {
  const { body } = await api.http.post('/api/jobs').send({ type, payload }).expect(202);
  return body.jobId;
}

/** Fifty in threads and fifty in the event loop, each of which would run for minutes. */
async function postLongJobs(api: TestApi): Promise<string[]> {
  const types = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? 'marathon' : 'vigil'));
  return Promise.all(types.map((type) => post(api, type, { ms: 600_000 })));
}

const countByStatus = async (api: TestApi, ids: readonly string[]) => {
  const counts: Record<string, number> = {};
  for (const id of ids) {
    const { status } = (await api.http.get(`/api/jobs/${id}`)).body as JobBody;
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
};

/** From acceptance to completion, the median of 20 jobs posted one after the other, in milliseconds. */
async function medianMs(api: TestApi, type: string, payload: unknown): Promise<number> {
  const allMs: number[] = [];
  for (let count = 0; count < 20; count++) {
    const job = await api.run(type, payload);
    expect(job.status).toBe('completed');
    allMs.push(Date.parse(String(job.completedAt)) - Date.parse(String(job.createdAt)));
  }
  return allMs.sort((a, b) => a - b)[10] ?? Number.NaN;
}

const shortJobs = [
  ['flaky', { failures: 0 }],
  ['spinning', { ms: 1 }],
] as const;

describe('100 long jobs, waiting and running', () => {
  it('do not delay the short ones of the same worker server, in the event loop or in threads', async () => {
    const { api, worker } = await start();
    const { pid } = await worker();
    const measure = async () => {
      const medians: number[] = [];
      for (const [type, payload] of shortJobs) medians.push(await medianMs(api, type, payload));
      return medians;
    };
    await measure();
    const idleMs = await measure();
    const longJobs = await postLongJobs(api);
    // Two threads, and five at once in the event loop.
    await until(async () => (await countByStatus(api, longJobs)).processing === 7);
    const busyMs = await measure();
    expect(await countByStatus(api, longJobs)).toEqual({ processing: 7, pending: 93 });
    // A long job takes minutes. What a busy machine takes on top is the same for both measurements.
    for (const [index, ms] of busyMs.entries())
      expect(ms, `idle ${idleMs}, busy ${busyMs}`).toBeLessThan((idleMs[index] ?? 0) * 5 + 500);
    if (existsSync(`/proc/${pid}/task`)) expect(nicenessOfThreads(pid)).toContain(10);
  }, 60_000);

  it('are left to others by a worker server of the short lane', async () => {
    const { api, worker } = await start();
    const longJobs = await postLongJobs(api);
    await worker('--lanes', 'short');
    for (const [type, payload] of shortJobs) expect((await api.run(type, payload)).status).toBe('completed');
    expect(await countByStatus(api, longJobs)).toEqual({ pending: 100 });
  });
});

describe('a worker server that serves some types', () => {
  it('takes those and no others, as many at once as it is told', async () => {
    const { api, worker } = await start();
    const vigils = await Promise.all(Array.from({ length: 6 }, () => post(api, 'vigil', { ms: 600_000 })));
    const other = await post(api, 'marathon', { ms: 1 });
    const { said } = await worker('--types', 'vigil,flaky', '--concurrency=vigil=3');
    await until(async () => (await countByStatus(api, vigils)).processing === 3);
    expect((await api.run('flaky', { failures: 0 })).status).toBe('completed');
    expect(await countByStatus(api, [...vigils, other])).toEqual({ processing: 3, pending: 4 });
    expect(said()).toMatch(/"?concurrency"?:.*vigil"?: ?3/s);
    const { body } = await api.http.get('/readyz').expect(200);
    expect(body.workers.types).toMatchObject({ vigil: 1, flaky: 1, marathon: 0, calculation: 0 });
  });

  it.each([
    [
      ['--types', 'calculaton,vigl', '--concurrency', 'weather=2'],
      [
        'TYPES: expected names of job types, got "calculaton"; did you mean "calculation"?',
        'TYPES: expected names of job types, got "vigl"; did you mean "vigil"?',
        'TYPE_CONCURRENCY: expected names of job types, got "weather"',
      ],
    ],
    [
      ['--types', 'vigil', '--lanes', 'short'],
      ['TYPES: expected a type of the lanes that LANES names (short), got vigil'],
    ],
  ])('does not start with %j', async (args, lines) => {
    const process = runFile('src/cli/jobwright.ts', {
      args: ['--role', 'worker', '--redis', 'redis://127.0.0.1:1', ...args],
      environment: { JOB_TYPES: jobTypes },
    });
    expect(await process.ended).toBe(2);
    expect(process.said()).toBe(`${lines.join('\n')}\n`);
  });
});

/** Field 19 of each thread's `stat` (proc_pid_stat(5)). */
function nicenessOfThreads(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
  });
}
