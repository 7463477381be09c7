import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Stats } from '../../src/models/stats.js';
import type { BusyWorker } from '../../src/models/worker.js';
import { startApi, type TestApi } from '../support/api.js';
import { until } from '../support/processes.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let api: TestApi;
let folder: string;
beforeEach(async () => {
  api = await startApi({ JOB_TYPES: 'test/support/job-types,test/support/long-types', WORKERS: '2' });
  folder = await temporaryFolder();
});
afterEach(async () => {
  await writeFile(join(folder, 'gate'), '');
  await api.close();
});

async function submit(type = 'gated', payload: object = { folder }, options: object = {}): Promise<string> {
  const { body } = await api.http.post('/api/jobs').send({ type, payload, options }).expect(202);
  return body.jobId;
}

/** The figures once they are so; they may be a second old. */
const statsOnce = (holds: (stats: Stats) => boolean): Promise<Stats> =>
  until(async () => {
    const { body, headers } = await api.http.get('/api/stats').expect(200);
    expect(headers['cache-control']).toBe('no-store');
    return holds(body) && body;
  });

const typeIn = (stats: Stats, type = 'gated') => {
  const own = stats.types[type];
  if (own === undefined) throw new Error(`no ${type} among the figures`);
  return own;
};

describe('GET /api/stats', () => {
  it('has every type and lane, also where there is nothing', async () => {
    const stats = await statsOnce(() => true);
    expect(Object.keys(stats.types).sort()).toEqual([...api.registry.keys()].sort());
    const none = { pending: 0, delayed: 0, blocked: 0, processing: 0, completed: 0, failed: 0, cancelled: 0 };
    const nothing = { jobs: none, attemptsPerSecond: 0, workers: 0, slots: 0 };
    expect(typeIn(stats)).toEqual({ lane: 'short', paused: false, ...nothing });
    expect(stats.lanes).toEqual({ short: nothing, long: nothing });
    expect(stats.workers).toBe(0);
    expect(typeIn(stats, 'marathon').lane).toBe('long');
  });

  it('counts jobs by type and status, from their acceptance to their removal', async () => {
    await submit();
    const waiting = await submit();
    await submit();
    await submit('gated', { folder }, { delayMs: 60_000 });
    await api.http
      .post('/api/jobs')
      .send({ type: 'gated', payload: { folder }, children: [{ type: 'gated', payload: { folder } }] })
      .expect(202);
    await api.http.post(`/api/jobs/${waiting}/cancel`).expect(200);
    const before = await statsOnce((stats) => typeIn(stats).jobs.cancelled === 1);
    expect(typeIn(before).jobs).toEqual({
      pending: 3,
      delayed: 1,
      blocked: 1,
      processing: 0,
      completed: 0,
      failed: 0,
      cancelled: 1,
    });
    expect(before.lanes.short.jobs).toEqual(typeIn(before).jobs);
    await api.startWorker();
    const failing = await submit('misbehaving', { deed: 'declared' });
    const during = await statsOnce(
      (stats) => typeIn(stats).jobs.processing === 2 && typeIn(stats, 'misbehaving').jobs.failed === 1,
    );
    expect(typeIn(during)).toMatchObject({ workers: 1, slots: 2, jobs: { pending: 1 } });
    expect(during.workers).toBe(1);
    expect(during.lanes.long.workers).toBe(1);
    expect(during.lanes.short.slots).toBeGreaterThan(2);
    const { body } = await api.http.get('/api/workers').expect(200);
    expect(body.workers).toHaveLength(1);
    const [{ name, running }] = body.workers as [BusyWorker];
    expect(running).toHaveLength(2);
    for (const { id, type, startedAt, attempt } of running) {
      const { body: job } = await api.http.get(`/api/jobs/${id}`).expect(200);
      expect(job).toMatchObject({
        status: 'processing',
        worker: name,
        type,
        startedAt,
        attempts: { made: attempt },
      });
    }
    await writeFile(join(folder, 'gate'), '');
    // Retried by hand and removed, a job is no longer where it was.
    await api.http.post(`/api/jobs/${waiting}/retry`).expect(202);
    await api.http.delete(`/api/jobs/${failing}`).expect(204);
    const after = await statsOnce((stats) => typeIn(stats).jobs.completed === 5);
    expect(typeIn(after).jobs).toMatchObject({ pending: 0, blocked: 0, processing: 0, cancelled: 0 });
    expect(typeIn(after).oldestPendingMs).toBeUndefined();
    expect(typeIn(after, 'misbehaving').jobs.failed).toBe(0);
    const measured = await statsOnce((stats) => typeIn(stats).processingMs !== undefined);
    expect(typeIn(measured).attemptsPerSecond).toBeGreaterThan(0);
  });

  it('answers 503 while Redis is away', async () => {
    const away = await startApi({ REDIS_URL: 'redis://127.0.0.1:1', REDIS_TIMEOUT_MS: '200' });
    const { body } = await away.http.get('/api/stats').expect(503);
    expect(body.code).toBe('queue_unavailable');
    const types = await away.http.get('/api/types').expect(200);
    expect(types.body.types[0].paused).toBeUndefined();
    await away.close();
  });
});

describe('POST /api/types/:type/pause', () => {
  it('keeps workers from starting jobs of the type until it is resumed; those that run go on', async () => {
    await api.startWorker();
    const running = await submit();
    await api.jobOnce(running, ({ status }) => status === 'processing');
    const paused = await api.http.post('/api/types/gated/pause').expect(200);
    expect(paused.body).toEqual({ type: 'gated', paused: true });
    const waiting = await submit();
    const other = await api.run('misbehaving', { deed: 'none' });
    expect(other.status).toBe('completed');
    await writeFile(join(folder, 'gate'), '');
    await api.jobOnce(running, ({ status }) => status === 'completed');
    expect((await api.http.get(`/api/jobs/${waiting}`)).body.status).toBe('pending');
    const { body: why } = await api.http.get(`/api/jobs/${waiting}/why`).expect(200);
    expect(why.reasons[0]).toEqual({
      code: 'paused',
      detail: 'Jobs of gated are paused; POST /api/types/gated/resume lets them go on.',
    });
    expect((await api.http.get('/api/types/gated').expect(200)).body.paused).toBe(true);
    const { body: list } = await api.http.get('/api/types').expect(200);
    expect(list.types.filter((each: { paused: boolean }) => each.paused).length).toBe(1);
    const resumed = await api.http.post('/api/types/gated/resume').expect(200);
    expect(resumed.body).toEqual({ type: 'gated', paused: false });
    expect((await api.http.get('/api/types/gated').expect(200)).body.paused).toBe(false);
    await api.jobOnce(waiting, ({ status }) => status === 'completed');
  });

  it('holds for a worker that starts later, and changes nothing the second time', async () => {
    for (let round = 0; round < 2; round += 1) await api.http.post('/api/types/flaky/pause').expect(200);
    const id = await submit('flaky', { failures: 0 });
    await api.startWorker();
    await api.run('misbehaving', { deed: 'none' });
    expect((await api.http.get(`/api/jobs/${id}`)).body.status).toBe('pending');
    for (let round = 0; round < 2; round += 1) await api.http.post('/api/types/flaky/resume').expect(200);
    await api.jobOnce(id, ({ status }) => status === 'completed');
  });

  it('answers 404 for a type that is not there, and suggests the nearest', async () => {
    const { body } = await api.http.post('/api/types/gatd/pause').expect(404);
    expect(body).toMatchObject({ code: 'type_not_found', detail: expect.stringContaining('gated') });
  });

  it('answers 503 while Redis is away', async () => {
    const away = await startApi({ REDIS_URL: 'redis://127.0.0.1:1', REDIS_TIMEOUT_MS: '200' });
    await away.http.post('/api/types/calculation/pause').expect(503);
    await away.close();
  });
});
