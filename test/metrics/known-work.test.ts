/** The figures before and after known work, over real HTTP and by a real worker. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from '../support/api.js';
import { until } from '../support/processes.js';
import { mistakesIn, type Scrape, scrape } from '../support/prometheus.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let api: TestApi;
let worker: string;
beforeAll(async () => {
  api = await startApi({
    JOB_TYPES: 'test/support/job-types',
    WORKERS: '2',
    METRICS_ADDR: '127.0.0.1:0',
  });
});
afterAll(() => api.close());

const fromApi = () => scrape(`${api.url}/metrics`);
const fromWorker = () => scrape(`${worker}/metrics`);

/** What a figure has grown by. */
function grown(before: Scrape, after: Scrape) {
  return (name: string, labels: Record<string, string> = {}) =>
    (after.value(`jobwright_${name}`, labels) ?? 0) - (before.value(`jobwright_${name}`, labels) ?? 0);
}

async function submit(type: string, payload: object, options: object = {}): Promise<string> {
  const { body } = await api.http.post('/api/jobs').send({ type, payload, options }).expect(202);
  return body.jobId;
}

const finally_ = (id: string) =>
  api.jobOnce(id, ({ status }) => ['completed', 'failed', 'cancelled'].includes(status));

describe('GET /metrics of an API server', () => {
  it('shows what waits, for whom, and that nobody is there', async () => {
    const folder = await temporaryFolder();
    const before = await fromApi();
    expect(mistakesIn(before.text)).toEqual([]);
    expect(before.value('jobwright_queue_depth', { type: 'gated' })).toBe(0);
    expect(before.value('jobwright_queue_oldest_age_seconds', { type: 'gated' })).toBe(0);
    const ids = [await submit('gated', { folder }), await submit('gated', { folder }, { delayMs: 60_000 })];
    const after = await until(async () => {
      const latest = await fromApi();
      const age = latest.value('jobwright_queue_oldest_age_seconds', { type: 'gated' }) ?? 0;
      return age > 0 && latest;
    });
    const own = { type: 'gated', lane: 'short' };
    expect(after.value('jobwright_queue_depth', own)).toBe(1);
    expect(after.value('jobwright_jobs', { ...own, status: 'delayed' })).toBe(1);
    expect(after.value('jobwright_type_workers', own)).toBe(0);
    expect(after.value('jobwright_type_slots', own)).toBe(0);
    expect(after.value('jobwright_workers_alive')).toBe(0);
    expect(after.value('jobwright_redis_up')).toBe(1);
    expect(after.value('jobwright_redis_ping_duration_seconds')).toBeGreaterThan(0);
    expect(grown(before, after)('jobs_submitted_total', own)).toBe(2);
    for (const id of ids) await api.http.post(`/api/jobs/${id}/cancel`).expect(200);
    expect(grown(before, await fromApi())('jobs_cancelled_total', own)).toBe(2);
  });

  it('counts requests by route and status, never by path', async () => {
    const before = await fromApi();
    await api.http.get('/api/jobs/gated_01h455vb4pex5vsknk084sn02q').expect(404);
    await api.http.get('/api/jobs/gated_01h455vb4pex5vsknk084sn02r').expect(404);
    await api.http.post('/api/jobs').send({}).expect(422);
    await api.http.put('/api/jobs').expect(405);
    await api.http.get('/no/such/path').expect(404);
    await api.http.get('/livez').expect(200);
    const after = await fromApi();
    const by = grown(before, after);
    expect(by('http_requests_total', { method: 'GET', route: '/api/jobs/:id', status: '404' })).toBe(2);
    expect(by('http_requests_total', { method: 'POST', route: '/api/jobs', status: '422' })).toBe(1);
    expect(by('http_requests_total', { method: 'PUT', route: '/api/jobs', status: '405' })).toBe(1);
    expect(by('http_requests_total', { route: 'other', status: '404' })).toBe(1);
    const timed = { method: 'GET', route: '/api/jobs/:id', status_class: '4xx' };
    expect(by('http_request_duration_seconds', timed)).toBe(2);
  });

  it('is not counted against the rate limit', async () => {
    const limited = await startApi({ RATE_LIMIT: '2' });
    for (let round = 0; round < 5; round += 1) await scrape(`${limited.url}/metrics`);
    await limited.http.get('/api/types').expect(200);
    await limited.http.get('/api/types').expect(200);
    await limited.http.get('/api/types').expect(429);
    expect(
      (await scrape(`${limited.url}/metrics`)).value('jobwright_http_requests_total', { status: '429' }),
    ).toBe(1);
    await limited.close();
  });
});

describe('the figures of an API server and a worker server together', () => {
  it('grow by what was submitted, started, completed, retried, failed, cancelled and reused', async () => {
    const folder = await temporaryFolder();
    worker = (await api.startWorker()).url ?? '';
    const before = { api: await fromApi(), worker: await fromWorker() };
    expect(mistakesIn(before.worker.text)).toEqual([]);
    // What is not there before its first time shows no growth at it.
    for (const figure of ['failed', 'retried'])
      expect(before.worker.text).toContain(
        `jobwright_jobs_${figure}_total{type="misbehaving",lane="short",code="attempt_timeout"} 0`,
      );
    // Two complete at once, one after two more attempts, one fails after three, one fails for good at once.
    const ids = [
      await submit('misbehaving', { deed: 'none' }),
      await submit('misbehaving', { deed: 'none' }),
      await submit('flaky', { failures: 2 }),
      await submit('flaky', { failures: 9 }),
      await submit('misbehaving', { deed: 'declared' }),
    ];
    for (const id of ids) await finally_(id);
    // One is cancelled while it runs.
    const running = await submit('gated', { folder });
    await api.jobOnce(running, ({ status }) => status === 'processing');
    const during = await until(async () => {
      const latest = await fromWorker();
      return latest.value('jobwright_worker_busy', { type: 'gated' }) === 1 && latest;
    });
    expect(during.value('jobwright_worker_slots', { type: 'gated' })).toBe(2);
    await api.http.post(`/api/jobs/${running}/cancel`);
    await finally_(running);
    // One is done for two, and one is the same request again.
    const shared = await submit('shared', { folder });
    await finally_(shared);
    expect(await submit('shared', { folder })).toBe(shared);
    for (let round = 0; round < 2; round += 1)
      await api.http
        .post('/api/jobs')
        .set('Idempotency-Key', 'the-same')
        .send({ type: 'misbehaving', payload: { deed: 'none' } })
        .expect(202);
    // A tree: two children and their parent.
    const parent = await api.http.post('/api/jobs').send({
      type: 'misbehaving',
      payload: { deed: 'none' },
      children: [1, 2].map(() => ({ type: 'misbehaving', payload: { deed: 'none' } })),
    });
    await finally_(parent.body.jobId);
    // The tree is behind the one with the key.
    const after = await until(async () => {
      const scraped = { api: await fromApi(), worker: await fromWorker() };
      const completed = grown(before.worker, scraped.worker)('jobs_completed_total');
      return completed === 8 && scraped;
    });
    const api_ = grown(before.api, after.api);
    const worker_ = grown(before.worker, after.worker);

    expect(api_('jobs_submitted_total')).toBe(11);
    expect(api_('jobs_submitted_total', { type: 'misbehaving', lane: 'short' })).toBe(7);
    expect(api_('jobs_reused_total')).toBe(2);
    expect(api_('jobs_reused_total', { type: 'shared', kind: 'cached' })).toBe(1);
    expect(api_('jobs_reused_total', { type: 'misbehaving', kind: 'idempotency_key' })).toBe(1);

    expect(worker_('jobs_started_total')).toBe(15);
    expect(worker_('jobs_started_total', { type: 'flaky' })).toBe(6);
    expect(worker_('jobs_retried_total')).toBe(4);
    expect(worker_('jobs_retried_total', { type: 'flaky', code: 'remote_error' })).toBe(4);
    expect(worker_('jobs_failed_total')).toBe(2);
    expect(worker_('jobs_failed_total', { type: 'flaky', code: 'remote_error' })).toBe(1);
    expect(worker_('jobs_failed_total', { type: 'misbehaving', code: 'as_declared' })).toBe(1);
    expect(worker_('jobs_cancelled_total')).toBe(1);
    expect(worker_('jobs_stalled_total')).toBe(0);
    expect(api_('jobs_failed_total') + api_('jobs_cancelled_total')).toBe(0);

    expect(worker_('job_queue_time_seconds')).toBe(11);
    expect(worker_('job_processing_time_seconds')).toBe(15);
    expect(worker_('job_processing_time_seconds', { outcome: 'completed' })).toBe(8);
    expect(worker_('job_processing_time_seconds', { outcome: 'retry' })).toBe(5);
    expect(worker_('job_processing_time_seconds', { outcome: 'failed' })).toBe(1);
    expect(worker_('job_processing_time_seconds', { outcome: 'cancelled' })).toBe(1);
    expect(after.worker.value('jobwright_worker_busy')).toBe(0);
    expect(after.worker.value('jobwright_worker_threads', { lane: 'short' })).toBeGreaterThan(0);
    expect(after.worker.value('jobwright_redis_up')).toBe(1);

    const own = await until(async () => {
      const latest = await fromApi();
      return latest.value('jobwright_jobs', { type: 'misbehaving', status: 'completed' }) === 6 && latest;
    });
    expect(own.value('jobwright_jobs', { type: 'flaky', status: 'failed' })).toBe(1);
    expect(own.value('jobwright_jobs', { type: 'gated', status: 'cancelled' })).toBe(3);
    expect(own.value('jobwright_jobs', { type: 'gated', status: 'failed' })).toBe(0);
    expect(own.value('jobwright_workers_alive')).toBe(1);
    expect(own.value('jobwright_type_slots', { type: 'gated' })).toBe(2);
    expect(mistakesIn(own.text)).toEqual([]);
    expect(mistakesIn((await fromWorker()).text)).toEqual([]);
    await writeFile(join(folder, 'gate'), '');
  });

  it('count jobs that expire while they wait among those that failed, by the server that ends them', async () => {
    await api.http.post('/api/types/flaky/pause').expect(200);
    const before = await fromApi();
    const id = await submit('flaky', { failures: 0 }, { deadlineMs: 200 });
    await finally_(id);
    const labels = { type: 'flaky', code: 'deadline_exceeded' };
    // It is counted when all of its end is noted, just after the end itself.
    await until(async () => grown(before, await fromApi())('jobs_failed_total', labels) === 1);
  });
});

describe('GET /metrics while Redis is away', () => {
  it('answers with what the server knows, and leaves out what it does not', async () => {
    const away = await startApi({ REDIS_URL: 'redis://127.0.0.1:1', REDIS_TIMEOUT_MS: '200' });
    const latest = await scrape(`${away.url}/metrics`);
    await away.close();
    expect(mistakesIn(latest.text)).toEqual([]);
    expect(latest.value('jobwright_redis_up')).toBe(0);
    expect(latest.value('jobwright_queue_depth')).toBeUndefined();
    expect(latest.value('jobwright_workers_alive')).toBeUndefined();
    expect(latest.value('jobwright_build_info', { role: 'api' })).toBe(1);
  });
});
