/** The central promise: a job that was accepted is run, whatever happens to the worker that has it. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startApi, type TestApi } from '../support/api.js';
import { type RunningProcess, runFile, until } from '../support/processes.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const settings = { JOB_TYPES: 'test/support/job-types', LOCK_MS: '1000', SHUTDOWN_GRACE_MS: '5000' };

async function api(): Promise<TestApi> {
  const started = await startApi(settings);
  onTestFinished(() => started.close());
  return started;
}

function startWorker({ config }: TestApi): RunningProcess {
  const { redisUrl, redisPrefix, dataDir } = config;
  return runFile('src/workers/worker-server.ts', {
    environment: {
      ...settings,
      REDIS_URL: redisUrl,
      REDIS_PREFIX: redisPrefix,
      DATA_DIR: dataDir,
      LOG_LEVEL: 'info',
    },
  });
}

async function startWorkers(of: TestApi, count: number): Promise<RunningProcess[]> {
  const workers = Array.from({ length: count }, () => startWorker(of));
  await Promise.all(workers.map((worker) => worker.says(/worker server started/)));
  return workers;
}

async function post({ http }: TestApi, type: string, payload: object): Promise<string> {
  const { body } = await http.post('/api/jobs').send({ type, payload }).expect(202);
  return body.jobId;
}

/** The workers that began the job of type `gated`, and those that did not. */
async function whoBegan(folder: string, workers: readonly RunningProcess[]) {
  return until(() => {
    const [first] = workers.filter(({ pid }) => existsSync(join(folder, `begun-${pid}`)));
    const other = workers.find((worker) => worker !== first);
    return first !== undefined && other !== undefined && { first, other };
  });
}

describe('a worker that is killed while it has a job', () => {
  it('loses the job to another worker, which completes it; no attempt is counted for the loss', async () => {
    const own = await api();
    const folder = await temporaryFolder();
    const workers = await startWorkers(own, 2);
    const id = await post(own, 'gated', { folder });
    const { first, other } = await whoBegan(folder, workers);
    process.kill(first.pid, 'SIGKILL');
    expect(await first.ended).toBe('SIGKILL');
    await until(() => existsSync(join(folder, `begun-${other.pid}`)));
    writeFileSync(join(folder, 'gate'), '');
    const job = await own.jobOnce(id, ({ status }) => !['pending', 'processing'].includes(status));
    expect(job).toMatchObject({
      status: 'completed',
      result: { pid: other.pid },
      attempts: { made: 1, max: 2 },
      worker: expect.stringContaining(`-${other.pid}-`),
    });
  });

  it('has the job end as worker_lost when it happens each time', async () => {
    const own = await api();
    const folder = await temporaryFolder();
    const workers = await startWorkers(own, 2);
    const id = await post(own, 'deadly', { folder, deaths: 99 });
    // As a supervisor does: one that dies is started again.
    let deaths = 0;
    const keep = (worker: RunningProcess) =>
      worker.ended.then((how) => {
        if (how !== 'SIGKILL' || done) return;
        deaths += 1;
        keep(startWorker(own));
      });
    let done = false;
    workers.forEach(keep);
    const job = await own.jobOnce(id, ({ status }) => ['completed', 'failed'].includes(status));
    done = true;
    expect(job).toMatchObject({ status: 'failed', error: { code: 'worker_lost', status: 500 } });
    expect(deaths).toBe(3);
    expect(readdirSync(folder)).toHaveLength(3);
  }, 60_000);

  it('has the job complete when it happens twice', async () => {
    const own = await api();
    const folder = await temporaryFolder();
    await startWorkers(own, 3);
    const id = await post(own, 'deadly', { folder, deaths: 2 });
    const job = await own.jobOnce(id, ({ status }) => ['completed', 'failed'].includes(status));
    expect(job).toMatchObject({ status: 'completed', result: { starts: 3 }, attempts: { made: 1 } });
  });
});

describe('a worker that is silent for longer than its lock', () => {
  it('is refused when it reports late: the result is that of the worker which took over', async () => {
    const own = await api();
    const folder = await temporaryFolder();
    const workers = await startWorkers(own, 2);
    const id = await post(own, 'gated', { folder });
    const { first, other } = await whoBegan(folder, workers);
    process.kill(first.pid, 'SIGSTOP');
    await until(() => existsSync(join(folder, `begun-${other.pid}`)));
    writeFileSync(join(folder, 'gate'), '');
    const job = await own.jobOnce(id, ({ status }) => status === 'completed');
    expect(job).toMatchObject({ result: { pid: other.pid }, attempts: { made: 1 } });

    process.kill(first.pid, 'SIGCONT');
    await until(() => existsSync(join(folder, `ended-${first.pid}`)));
    await first.says(/attempt ended.*the queue reports an error/s);
    process.kill(first.pid, 'SIGTERM');
    expect(await first.ended).toBe(0);
    expect((await own.http.get(`/api/jobs/${id}`)).body).toEqual(job);
  });
});
