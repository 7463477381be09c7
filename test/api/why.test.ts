import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Why } from '../../src/models/why.js';
import { betweenAttempts, startApi, type TestApi } from '../support/api.js';
import { until } from '../support/processes.js';

let api: TestApi;
let folder: string;
beforeEach(async () => {
  api = await startApi({ JOB_TYPES: 'test/support/job-types', WORKERS: '2' });
  folder = await mkdtemp(join(tmpdir(), 'jobwright-gate-'));
});
afterEach(async () => {
  await writeFile(join(folder, 'gate'), '');
  await api.close();
  await rm(folder, { recursive: true, force: true });
});

/** Submits a job that runs until the gate is open. */
async function submit(options: object = {}): Promise<string> {
  const { body } = await api.http
    .post('/api/jobs')
    .send({ type: 'gated', payload: { folder }, options })
    .expect(202);
  return body.jobId;
}

async function why(id: string): Promise<Why> {
  const response = await api.http.get(`/api/jobs/${id}/why`).expect(200);
  expect(response.headers['cache-control']).toBe('no-store');
  return response.body;
}

const codesOf = ({ reasons }: Why) => reasons.map(({ code }) => code);

async function worker(): Promise<void> {
  await api.startWorker();
  await until(async () => (await api.queue.workersAlive()).length > 0);
}

describe('GET /api/jobs/:id/why', () => {
  it('follows a job from a queue that nobody serves to its end', async () => {
    const ids = [await submit(), await submit(), await submit(), await submit()];
    const last = ids[3] ?? '';
    expect(await why(last)).toEqual({
      jobId: last,
      status: 'pending',
      reasons: [
        { code: 'no_worker', detail: 'No worker is alive.' },
        { code: 'queue', detail: '3 jobs are before it.' },
      ],
      position: 3,
    });
    await worker();
    await api.jobOnce(ids[1] ?? '', ({ status }) => status === 'processing');
    const waiting = await why(last);
    expect(codesOf(waiting)).toEqual(['workers_busy', 'queue']);
    expect(waiting.reasons[0]).toMatchObject({ running: 2, limit: 2 });
    expect(waiting.position).toBe(1);
    // No attempt has ended, so nobody knows how long one takes.
    expect(waiting.estimatedStartAt).toBeUndefined();
    expect(codesOf(await why(ids[0] ?? ''))).toEqual(['running']);
    await writeFile(join(folder, 'gate'), '');
    await api.jobOnce(last, ({ status }) => status === 'completed');
    expect(await why(last)).toEqual({
      jobId: last,
      status: 'completed',
      reasons: [{ code: 'finished', detail: 'The job is completed.' }],
    });
  });

  it('estimates by what the workers have reported', async () => {
    await worker();
    const { body } = await api.http
      .post('/api/jobs')
      .send({ type: 'gated', payload: { folder } })
      .expect(202);
    await api.jobOnce(body.jobId, ({ status }) => status === 'processing');
    await writeFile(join(folder, 'gate'), '');
    await api.jobOnce(body.jobId, ({ status }) => status === 'completed');
    await rm(join(folder, 'gate'));
    const ids = [await submit(), await submit(), await submit()];
    await api.jobOnce(ids[1] ?? '', ({ status }) => status === 'processing');
    const answer = await until(async () => {
      const given = await why(ids[2] ?? '');
      return given.estimateBasis?.processingMs !== undefined && given;
    });
    expect(answer.estimateBasis).toMatchObject({ position: 0, running: 2, slots: 2 });
    expect(answer.estimatedWaitMs).toBeGreaterThanOrEqual(0);
    expect(Date.parse(answer.estimatedStartAt ?? '')).toBeGreaterThan(Date.now() - 1_000);
  });

  it('says of a job between two attempts when the next is due', async () => {
    await worker();
    const job = await betweenAttempts(api);
    const answer = await why(job.id);
    expect(answer).toMatchObject({ status: 'retrying', estimatedStartAt: job.scheduledFor });
    expect(answer.reasons).toEqual([
      {
        code: 'backoff',
        detail: `Attempt 2 is due at ${job.scheduledFor}.`,
        until: job.scheduledFor,
      },
    ]);
  });

  it.each(['gated_01h455vb4pex5vsknk084sn02q', 'unknown_type_01h455vb4pex5vsknk084sn02q', 'meta', '%00'])(
    'answers 404 to %s, which is no job',
    async (id) => {
      const { body } = await api.http.get(`/api/jobs/${id}/why`).expect(404);
      expect(body).toMatchObject({ code: 'job_not_found', instance: `/api/jobs/${id}/why` });
    },
  );

  it('answers 405 to anything but a look', async () => {
    const id = await submit();
    const { headers } = await api.http.post(`/api/jobs/${id}/why`).expect(405);
    expect(headers.allow).toBe('GET, HEAD, OPTIONS');
  });
});

describe('GET /api/workers', () => {
  it('lists those that are alive, with what they run, and leaves out one that has stopped', async () => {
    expect((await api.http.get('/api/workers').expect(200)).body).toEqual({ workers: [] });
    const running = await api.startWorker();
    const [first] = await until(async () => {
      const { body } = await api.http.get('/api/workers').expect(200);
      return body.workers.length > 0 && body.workers;
    });
    expect(first).toEqual({
      name: expect.stringContaining(`-${process.pid}-`),
      host: hostname(),
      pid: process.pid,
      startedAt: expect.any(String),
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      lanes: ['short', 'long'],
      types: expect.objectContaining({ gated: { version: 1, concurrency: 2 } }),
      lastSeenAt: expect.any(String),
      aliveUntil: expect.any(String),
      running: [],
    });
    expect(Date.parse(first.aliveUntil) - Date.parse(first.lastSeenAt)).toBe(15_000);
    await running.stop();
    expect((await api.http.get('/api/workers').expect(200)).body).toEqual({ workers: [] });
  });
});
