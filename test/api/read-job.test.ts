import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { betweenAttempts, startApi, type TestApi } from '../support/api.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ JOB_TYPES: 'test/support/job-types' });
  await api.startWorker();
});
afterAll(() => api.close());

describe('GET /api/jobs/:id', () => {
  it('answers a completed job with its result, its times and its links', async () => {
    const job = await api.run('calculation', { operation: 'complex', numbers: [1, 2, 3, 4, 5] });
    expect(job).toEqual({
      id: job.id,
      type: 'calculation',
      version: 1,
      status: 'completed',
      payload: { operation: 'complex', numbers: [1, 2, 3, 4, 5] },
      result: { sum: 15, product: 120, average: 3, min: 1, max: 5 },
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      startedAt: expect.any(String),
      completedAt: expect.any(String),
      attempts: { made: 1, max: 3 },
      priority: 'normal',
      queueTimeMs: expect.any(Number),
      processingTimeMs: expect.any(Number),
      worker: expect.any(String),
      links: {
        self: `/api/jobs/${job.id}`,
        type: '/api/types/calculation',
        events: `/api/jobs/${job.id}/events`,
        logs: `/api/jobs/${job.id}/logs`,
      },
    });
  });

  it('shows the payload as it was sent, and runs it as its schema reads it', async () => {
    const job = await api.run('coercing', { on: 'yes' });
    expect(job).toMatchObject({
      status: 'completed',
      payload: { on: 'yes' },
      result: { on: true, times: 1 },
    });
    expect(job.payload).toEqual({ on: 'yes' });
  });

  it('answers 304 while the job is as the ETag says', async () => {
    const job = await api.run('calculation', { operation: 'sum', numbers: [0.1, 0.2] });
    expect(job.result).toEqual({ sum: 0.30000000000000004 });
    const first = await api.http.get(`/api/jobs/${job.id}`).expect(200);
    await api.http.get(`/api/jobs/${job.id}`).set('If-None-Match', String(first.headers.etag)).expect(304);
  });

  it('shows no error on a job that completed after a failed attempt', async () => {
    const job = await api.run('flaky', { failures: 1 });
    expect(job).toMatchObject({ status: 'completed', result: { attempt: 2 }, attempts: { made: 2, max: 3 } });
    expect(job.error).toBeUndefined();
  });

  it('shows a failed job with its error as a problem', async () => {
    const job = await api.run('calculation', { operation: 'product', numbers: [1e200, 1e200] });
    expect(job).toMatchObject({ status: 'failed', attempts: { made: 1, max: 3 } });
    expect(job.result).toBeUndefined();
    expect(job.error).toEqual({
      type: '/api/errors/calculation_overflow',
      title: expect.any(String),
      status: 422,
      detail: expect.any(String),
      instance: `/api/jobs/${job.id}`,
      code: 'calculation_overflow',
    });
    expect(job.failedAt).toEqual(expect.any(String));
    const described = await api.http.get(String(job.error?.type)).expect(200);
    expect(described.body).toMatchObject({ code: 'calculation_overflow', status: 422, retry: false });
  });

  it('shows a job that waits out a backoff as retrying, with the time of its next attempt', async () => {
    const job = await betweenAttempts(api);
    expect(job).toMatchObject({ attempts: { made: 1, max: 3 }, error: { code: 'remote_error' } });
    const waitMs = Date.parse(String(job.scheduledFor)) - Date.parse(String(job.startedAt));
    // From the end of the attempt, whose start is what `startedAt` says.
    expect(waitMs).toBeGreaterThanOrEqual(60_000);
    expect(waitMs).toBeLessThan(70_000);
  });

  it('shows a running job as processing, with its progress, which never goes back', async () => {
    const { body } = await api.http
      .post('/api/jobs')
      .send({
        type: 'misbehaving',
        payload: { deed: 'obey the signal' },
        options: { attempts: 1, timeoutMs: 2_000 },
      })
      .expect(202);
    const job = await api.jobOnce(body.jobId, ({ progress }) => progress !== undefined);
    expect(job).toMatchObject({
      status: 'processing',
      attempts: { made: 1, max: 1 },
      progress: { percent: 50 },
    });
    const ended = await api.jobOnce(body.jobId, ({ status }) => status === 'failed');
    expect(ended.progress).toEqual({ percent: 50 });
  });

  it.each([
    'emoji 👩‍👩‍👧‍👦 and עברית and \u202e',
    'NUL \u0000 inside',
    'a lone surrogate \ud800',
    '"quotes" \\ and \u2028',
    '<script>alert(1)</script>',
    '__proto__',
  ])('gives back the text %j exactly as it came', async (text) => {
    const job = await api.run('data_enrichment', { record: { text } });
    expect(job.status).toBe('completed');
    expect((job.payload as { record: { text: string } }).record.text).toBe(text);
    expect((job.result as { record: { text: string } }).record.text).toBe(text);
  });

  it.each(['calculation_01h455vb4pex5vsknk084sn02q', 'unknown_type_01h455vb4pex5vsknk084sn02q'])(
    'answers 404 to the well-formed unknown id %s',
    async (id) => {
      const response = await api.http.get(`/api/jobs/${id}`).expect(404);
      expect(response.body).toMatchObject({
        code: 'job_not_found',
        status: 404,
        instance: `/api/jobs/${id}`,
      });
    },
  );

  // BullMQ would answer some of these with a phantom, and throw at others.
  it.each([
    'wait',
    'meta',
    'events',
    'id',
    'active',
    '1',
    '*',
    'calculation',
    'calculation_x',
    '%00',
    '..%2f..',
    'a'.repeat(2_000),
  ])('answers 404 to %s, which is no id', async (id) => {
    const response = await api.http.get(`/api/jobs/${id}`).expect(404);
    expect(response.body.code).toBe('job_not_found');
  });

  it('answers 400 to a path that cannot be decoded', async () => {
    const response = await api.http.get('/api/jobs/%zz').expect(400);
    expect(response.body.code).toBe('invalid_request');
  });

  it('answers a trailing slash like none', async () => {
    const job = await api.run('calculation', { operation: 'sum', numbers: [1] });
    await api.http.get(`/api/jobs/${job.id}/`).expect(200);
  });

  it.each(['put', 'post'] as const)('answers 405 to %s, with Allow', async (method) => {
    const response = await api.http[method]('/api/jobs/calculation_01h455vb4pex5vsknk084sn02q').expect(405);
    expect(response.body.code).toBe('method_not_allowed');
    expect(response.headers.allow).toBe('GET, PATCH, DELETE, HEAD, OPTIONS');
  });

  it('answers OPTIONS with what is possible', async () => {
    const response = await api.http.options('/api/jobs').expect(204);
    expect(response.headers.allow).toBe('POST, GET, HEAD, OPTIONS');
  });
});
