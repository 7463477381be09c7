/** The central promise: a job that was accepted is run, whatever happens to the worker that has it. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startApi, type TestApi } from '../support/api.js';
import { type RunningProcess, runFile, until } from '../support/processes.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const settings = { JOB_TYPES: 'test/support/job-types', LOCK_MS: '1000', SHUTDOWN_GRACE_MS: '5000' };

async function api(more: Record<string, string> = {}): Promise<TestApi> {
  const started = await startApi({ ...settings, ...more });
  onTestFinished(() => started.close());
  return started;
}

function startWorker({ config }: TestApi, more: Record<string, string | undefined> = {}): RunningProcess {
  const { redisUrl, redisPrefix, dataDir } = config;
  return runFile('src/workers/worker-server.ts', {
    environment: {
      ...settings,
      REDIS_URL: redisUrl,
      REDIS_PREFIX: redisPrefix,
      DATA_DIR: dataDir,
      LOG_LEVEL: 'info',
      ...more,
    },
  });
}

async function startWorkers(
  of: TestApi,
  count: number,
  more?: Record<string, string | undefined>,
): Promise<RunningProcess[]> {
  const workers = Array.from({ length: count }, () => startWorker(of, more));
  await Promise.all(workers.map((worker) => worker.says(/worker server started/)));
  return workers;
}

async function post({ http }: TestApi, type: string, payload: object): Promise<string> {
  const { body } = await http.post('/api/jobs').send({ type, payload }).expect(202);
  return body.jobId;
}

/** As a supervisor does: one that dies is started again. Returns how many have died so far, until it is stopped. */
function keepRunning(
  of: TestApi,
  workers: readonly RunningProcess[],
  more?: Record<string, string>,
): { deaths(): number; stop(): void } {
  let deaths = 0;
  let isStopped = false;
  const keep = (worker: RunningProcess) =>
    worker.ended.then((how) => {
      if (how !== 'SIGKILL' || isStopped) return;
      deaths += 1;
      keep(startWorker(of, more));
    });
  workers.forEach(keep);
  return {
    deaths: () => deaths,
    stop: () => {
      isStopped = true;
    },
  };
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

  it('has lost it to another within 15 s by default', async () => {
    const own = await api();
    const folder = await temporaryFolder();
    const workers = await startWorkers(own, 2, { LOCK_MS: undefined });
    await post(own, 'gated', { folder });
    const { first, other } = await whoBegan(folder, workers);
    const startMs = performance.now();
    process.kill(first.pid, 'SIGKILL');
    await until(() => existsSync(join(folder, `begun-${other.pid}`)));
    expect(performance.now() - startMs).toBeLessThan(15_000);
  });

  it('has the job end as worker_lost when it happens each time', async () => {
    const own = await api();
    const folder = await temporaryFolder();
    const workers = await startWorkers(own, 2);
    const id = await post(own, 'deadly', { folder, deaths: 99 });
    const kept = keepRunning(own, workers);
    const job = await own.jobOnce(id, ({ status }) => ['completed', 'failed'].includes(status));
    kept.stop();
    expect(job).toMatchObject({ status: 'failed', error: { code: 'worker_lost', status: 500 } });
    expect(kept.deaths()).toBe(3);
    expect(readdirSync(folder)).toHaveLength(3);
  }, 60_000);

  // Jobs that share a worker with it lose theirs as often, unless they are kept apart on their last chance.
  it('takes no job with it that ran beside it', async () => {
    const own = await api({ JOB_TYPES: 'test/faults/job-types' });
    const folder = await temporaryFolder();
    const workers = await startWorkers(own, 2, { JOB_TYPES: 'test/faults/job-types', WORKERS: '20' });
    const kept = keepRunning(own, workers, { JOB_TYPES: 'test/faults/job-types', WORKERS: '20' });
    const entry = (number: number, ms: number, end: string) =>
      post(own, 'ledger_entry', { folder, number, ms, end });
    const beside = await Promise.all(
      Array.from({ length: 5 }, (_, number) => entry(number, 1_000, 'complete')),
    );
    const deadly = await entry(99, 0, 'kill the worker');
    const isFinal = ({ status }: { status: string }) => ['completed', 'failed'].includes(status);
    expect(await own.jobOnce(deadly, isFinal)).toMatchObject({ error: { code: 'worker_lost' } });
    for (const id of beside) expect(await own.jobOnce(id, isFinal)).toMatchObject({ status: 'completed' });
    kept.stop();
    expect(kept.deaths()).toBe(3);
  }, 90_000);

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

describe('a worker that is told to stop twice', () => {
  it('hands back at once what it has, which another runs, and exits 0; no attempt is counted', async () => {
    const own = await api();
    const folder = await temporaryFolder();
    const workers = await startWorkers(own, 2, { SHUTDOWN_GRACE_MS: '600000', LOCK_MS: '600000' });
    const id = await post(own, 'gated', { folder });
    const { first, other } = await whoBegan(folder, workers);
    process.kill(first.pid, 'SIGTERM');
    await first.says(/"msg":"stopping"/);
    expect(existsSync(join(folder, `begun-${other.pid}`))).toBe(false);
    // What comes within 400 ms of the first is the same signal, handed on by npm.
    const again = setInterval(() => process.kill(first.pid, 'SIGTERM'), 500);
    await first.says(/handing back what is unfinished/);
    clearInterval(again);
    const handedBackMs = performance.now();
    await until(() => existsSync(join(folder, `begun-${other.pid}`)));
    // An idle worker that is not told looks for itself after 5 s.
    expect(performance.now() - handedBackMs).toBeLessThan(2_500);
    expect(await first.ended).toBe(0);
    writeFileSync(join(folder, 'gate'), '');
    const job = await own.jobOnce(id, ({ status }) => status === 'completed');
    expect(job).toMatchObject({ result: { pid: other.pid }, attempts: { made: 1 } });
  });
});
