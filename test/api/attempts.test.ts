import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from '../support/api.js';
import { until } from '../support/processes.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ JOB_TYPES: 'test/support/job-types', RESULT_BYTES_MAX: '5000000', THREADS: '2' });
  await api.startWorker();
});
afterAll(() => api.close());

describe('attempts', () => {
  it('repeats what can pass, until the attempts are used up', async () => {
    const job = await api.run('flaky', { failures: 9 });
    expect(job).toMatchObject({
      status: 'failed',
      attempts: { made: 3, max: 3 },
      error: { code: 'remote_error', status: 502, detail: 'Failure 3.' },
    });
  });

  it('takes the attempts that the job asks for', async () => {
    const job = await api.run('flaky', { failures: 4 }, { attempts: 5, backoff: { initialMs: 1 } });
    expect(job).toMatchObject({ status: 'completed', result: { attempt: 5 }, attempts: { made: 5, max: 5 } });
  });

  it('waits as long as the failure asks, when that is longer than the backoff', async () => {
    const job = await api.run('flaky', { failures: 1, retryAfterMs: 300 });
    expect(job.queueTimeMs).toBeGreaterThanOrEqual(300);
  });

  it('waits out an exponential backoff', async () => {
    const job = await api.run(
      'flaky',
      { failures: 2 },
      { backoff: { initialMs: 100, factor: 3, jitter: 0 } },
    );
    expect(job.queueTimeMs).toBeGreaterThanOrEqual(400);
  });

  it('takes one attempt for a permanent failure that the type declares', async () => {
    const job = await api.run('misbehaving', { deed: 'declared' });
    expect(job).toMatchObject({
      status: 'failed',
      attempts: { made: 1, max: 2 },
      error: { code: 'as_declared', title: 'As declared', status: 422, detail: 'As it was asked for.' },
    });
  });

  it('repeats an undeclared error, and tells the client nothing of it', async () => {
    const job = await api.run('flaky', { failures: 9, how: 'throw' }, { attempts: 2 });
    expect(job).toMatchObject({
      status: 'failed',
      attempts: { made: 2, max: 2 },
      error: { code: 'processor_error' },
    });
    expect(JSON.stringify(job)).not.toContain('secret');
  });

  it('survives a processor that throws undefined', async () => {
    const job = await api.run('misbehaving', { deed: 'throw undefined' });
    expect(job).toMatchObject({
      status: 'failed',
      attempts: { made: 2, max: 2 },
      error: { code: 'processor_error' },
    });
  });

  it.each([
    ['wrong result', 'result_invalid', /value/],
    ['NaN', 'result_invalid', /value/],
    ['huge result', 'result_too_large', /5000000/],
  ])('fails, loudly and once, a processor that returns a %s', async (deed, code, detail) => {
    const job = await api.run('misbehaving', { deed });
    expect(job).toMatchObject({ status: 'failed', attempts: { made: 1 }, error: { code } });
    expect(job.error?.detail).toMatch(detail);
  });

  it.each(['obey the signal', 'ignore the signal'])(
    'ends an attempt at its timeout when the processor would %s',
    async (deed) => {
      const job = await api.run('misbehaving', { deed }, { attempts: 1, timeoutMs: 150 });
      expect(job).toMatchObject({ status: 'failed', error: { code: 'attempt_timeout', status: 504 } });
      expect(job.error?.detail).toContain('150 ms');
      expect(job.processingTimeMs).toBeGreaterThanOrEqual(149);
      // By itself it would go on for ever.
      expect(job.processingTimeMs).toBeLessThan(10_000);
    },
  );

  it('repeats an attempt that timed out', async () => {
    const job = await api.run('misbehaving', { deed: 'ignore the signal' }, { attempts: 2, timeoutMs: 100 });
    expect(job).toMatchObject({
      status: 'failed',
      attempts: { made: 2, max: 2 },
      error: { code: 'attempt_timeout' },
    });
  });
});

describe('attempts in a thread', () => {
  it.runIf(existsSync('/proc/thread-self'))(
    'ends a thread that ignores its signal, so that the CPU is free again',
    async () => {
      const folder = await temporaryFolder();
      const { body } = await api.http
        .post('/api/jobs')
        .send({ type: 'spinning', payload: { ms: 120_000, folder }, options: { timeoutMs: 2_000 } })
        .expect(202);
      const thread = await until(() => textOf(path.join(folder, 'thread')));
      expect(existsSync(`/proc/self/task/${thread}`)).toBe(true);
      const job = await api.jobOnce(body.jobId, ({ status }) => status === 'failed');
      expect(job).toMatchObject({ error: { code: 'attempt_timeout' } });
      await until(() => !existsSync(`/proc/self/task/${thread}`));
      expect((await api.run('spinning', { ms: 1 })).status).toBe('completed');
    },
  );

  it('does not delay the other jobs of the worker while a thread computes', async () => {
    const folder = await temporaryFolder();
    const { body } = await api.http
      .post('/api/jobs')
      .send({ type: 'spinning', payload: { ms: 120_000, folder } })
      .expect(202);
    await api.jobOnce(body.jobId, ({ progress }) => progress !== undefined);
    const other = await api.run('misbehaving', { deed: 'none' });
    expect(other.status).toBe('completed');
    expect((await api.http.get(`/api/jobs/${body.jobId}`)).body.status).toBe('processing');
    writeFileSync(path.join(folder, 'gate'), '');
    const spun = await api.jobOnce(body.jobId, ({ status }) => status === 'completed');
    expect((spun.result as { thread: number }).thread).toBeGreaterThan(0);
    expect(spun.progress).toEqual({ percent: 10 });
  });

  it.each(['throw', 'exit'])('survives a processor that would %s in its thread', async (deed) => {
    const job = await api.run('spinning', { ms: 0, deed });
    expect(job).toMatchObject({ status: 'failed', error: { code: 'processor_error' } });
    expect(JSON.stringify(job)).not.toContain('secret');
    expect((await api.run('spinning', { ms: 1 })).status).toBe('completed');
  });
});

describe('a worker that stops', () => {
  it.each([
    ['misbehaving', { deed: 'obey the signal' }],
    ['misbehaving', { deed: 'ignore the signal' }],
    ['spinning', { ms: 120_000 }],
  ])(
    'hands back a job (%s %j) with no attempt counted, and another worker takes it',
    async (type, payload) => {
      const own = await startApi({ JOB_TYPES: 'test/support/job-types', SHUTDOWN_GRACE_MS: '50' });
      try {
        const first = await own.startWorker();
        const { body } = await own.http
          .post('/api/jobs')
          .send({ type, payload, options: { timeoutMs: 60_000 } })
          .expect(202);
        const busy = await own.jobOnce(body.jobId, ({ status }) => status === 'processing');
        await first.stop();
        const handedBack = await own.http.get(`/api/jobs/${body.jobId}`);
        expect(handedBack.body).toMatchObject({ status: 'pending', attempts: { made: 0 } });
        await own.startWorker();
        const again = await own.jobOnce(body.jobId, ({ status }) => status === 'processing');
        expect(again.attempts.made).toBe(1);
        expect(again.worker).not.toBe(busy.worker);
      } finally {
        await own.close();
      }
    },
  );

  it('finishes within the grace period what it can', async () => {
    const own = await startApi({ JOB_TYPES: 'test/support/job-types' });
    try {
      const worker = await own.startWorker();
      const { body } = await own.http
        .post('/api/jobs')
        .send({ type: 'spinning', payload: { ms: 300 } })
        .expect(202);
      await own.jobOnce(body.jobId, ({ status }) => status === 'processing');
      await worker.stop();
      expect((await own.http.get(`/api/jobs/${body.jobId}`)).body.status).toBe('completed');
    } finally {
      await own.close();
    }
  });
});

describe('a worker that serves one lane', () => {
  it('leaves the jobs of the other alone', async () => {
    const own = await startApi({ JOB_TYPES: 'test/support/job-types', LANES: 'long' });
    try {
      await own.startWorker();
      const { body: short } = await own.http
        .post('/api/jobs')
        .send({ type: 'flaky', payload: { failures: 0 } })
        .expect(202);
      expect((await own.run('long_distance', {})).status).toBe('completed');
      expect((await own.http.get(`/api/jobs/${short.jobId}`)).body.status).toBe('pending');
      const { body } = await own.http.get('/readyz').expect(200);
      expect(body.workers.types).toMatchObject({ long_distance: 1, flaky: 0 });
    } finally {
      await own.close();
    }
  });
});

/** Undefined until it is there and says something. */
function textOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') || undefined : undefined;
}
