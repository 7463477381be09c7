import { get } from 'node:http';
import { Worker } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { waitForEnd } from '../../src/api/events/wait-for-end.js';
import { ownKeys } from '../../src/queue/keys.js';
import { startApi, type TestApi } from '../support/api.js';
import { testConnection, testEvents } from '../support/events.js';
import { until } from '../support/processes.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
  vi.spyOn(api.queue, 'find');
});
afterAll(() => api.close());

const payload = { operation: 'sum', numbers: [1, 2] };

/** A job that nobody runs yet. */
async function submit(): Promise<string> {
  const job = { type: 'calculation', payload, options: { cache: false } };
  const { body } = await api.http.post('/api/jobs').send(job).expect(202);
  return body.jobId;
}

/** Runs what there is, and says nothing of it. */
function work(): void {
  const worker = new Worker('calculation', async () => ({ sum: 3 }), {
    connection: testConnection(),
    prefix: api.config.redisPrefix,
  });
  onTestFinished(() => worker.close());
}

async function isListenedTo(jobId: string): Promise<boolean> {
  const counts = await testConnection().pubsub('NUMSUB', ownKeys(api.config.redisPrefix).eventsOf(jobId));
  return Number(counts[1]) > 0;
}

/** Of somebody who has patience. */
const never = () => new AbortController().signal;

/** Looks at a job since the count was last cleared. */
const looks = () => vi.mocked(api.queue.find).mock.calls.length;

describe('GET /api/jobs/:id with Prefer: wait', () => {
  it('answers when the job has finished', async () => {
    const id = await submit();
    const answer = api.http.get(`/api/jobs/${id}`).set('Prefer', 'wait=30').expect(200);
    const [{ body, headers }] = await Promise.all([answer, isListenedTo(id).then(work)]);
    expect(body).toMatchObject({ id, status: 'completed', result: { sum: 3 } });
    expect(headers['preference-applied']).toBe('wait=30');
    expect(headers.vary).toMatch(/\bPrefer\b/);
  });

  it('answers with the job as it is when the time is over', async () => {
    const id = await submit();
    const startMs = performance.now();
    const { body, headers } = await api.http.get(`/api/jobs/${id}`).set('Prefer', 'wait=1').expect(200);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(950);
    expect(body).toMatchObject({ id, status: 'pending' });
    expect(headers['preference-applied']).toBe('wait=1');
    expect(await isListenedTo(id)).toBe(false);
  });

  it('answers a finished job at once, with its ETag, and 304 where that is known', async () => {
    const id = await submit();
    work();
    await api.jobOnce(id, ({ status }) => status === 'completed');
    const first = await api.http.get(`/api/jobs/${id}`).set('Prefer', 'wait=30').expect(200);
    const again = await api.http
      .get(`/api/jobs/${id}`)
      .set('Prefer', 'wait=30')
      .set('If-None-Match', String(first.headers.etag))
      .expect(304);
    expect(again.headers['preference-applied']).toBe('wait=30');
  });

  it.each([undefined, 'wait=soon', 'respond-async'])(
    'does not wait, nor say so, for Prefer: %s',
    async (prefer) => {
      const id = await submit();
      const { headers } = await api.http
        .get(`/api/jobs/${id}`)
        .set(prefer === undefined ? {} : { Prefer: prefer })
        .expect(200);
      expect(headers['preference-applied']).toBeUndefined();
    },
  );

  it('answers 404 at once', async () => {
    await api.http
      .get('/api/jobs/calculation_01h455vb4pex5vsknk084sn02q')
      .set('Prefer', 'wait=30')
      .expect(404);
  });

  it('stops waiting when the client has gone', async () => {
    const id = await submit();
    const request = get(`${api.url}/api/jobs/${id}`, { headers: { Prefer: 'wait=60' } });
    request.on('error', () => {});
    await until(() => isListenedTo(id));
    request.destroy();
    await until(async () => !(await isListenedTo(id)));
  });
});

describe('POST /api/jobs with Prefer: wait', () => {
  let served: TestApi;
  beforeAll(async () => {
    served = await startApi({ JOB_TYPES: 'test/support/job-types' });
    await served.startWorker();
  });
  afterAll(() => served.close());
  const post = (payload: object, wait: string) =>
    served.http.post('/api/jobs').set('Prefer', wait).send({ type: 'flaky', payload });

  it('answers 200 with the finished job', async () => {
    const { body, headers } = await post({ failures: 0 }, 'wait=20').expect(200);
    expect(body).toMatchObject({ type: 'flaky', status: 'completed', result: { attempt: 1 } });
    expect(headers).toMatchObject({ 'preference-applied': 'wait=20', location: `/api/jobs/${body.id}` });
    expect(headers).not.toHaveProperty('retry-after');
  });

  it('answers 200 with a job that failed', async () => {
    const { body } = await post({ failures: 9 }, 'wait=20').expect(200);
    expect(body).toMatchObject({ status: 'failed', error: { code: 'remote_error' } });
  });

  it('answers 202 when the time is over, and says that it has waited', async () => {
    const { body, headers } = await served.http
      .post('/api/jobs')
      .set('Prefer', 'wait=1')
      .send({ type: 'flaky', payload: { failures: 0 }, options: { delayMs: 60_000 } })
      .expect(202);
    expect(body).toMatchObject({ message: 'Job accepted', status: 'scheduled' });
    expect(headers['preference-applied']).toBe('wait=1');
  });
});

describe('waitForEnd', () => {
  it('is quick when an event tells the end', async () => {
    const id = await submit();
    vi.mocked(api.queue.find).mockClear();
    const waiting = waitForEnd(api, id, 30_000, never());
    // Looks have become rare by now.
    await until(() => looks() >= 4);
    work();
    await until(async () => (await api.queue.find(id))?.status === 'completed');
    const { tell } = testEvents(api.config.redisPrefix);
    await tell({ jobId: id, kind: 'status', status: 'completed', attempt: 1 });
    const startMs = performance.now();
    expect(await waiting).toMatchObject({ id, status: 'completed', result: { sum: 3 } });
    expect(performance.now() - startMs).toBeLessThan(500);
  });

  it('shares one subscription and one series of looks between 1,000 who wait for one job', async () => {
    const id = await submit();
    vi.mocked(api.queue.find).mockClear();
    const waiting = Array.from({ length: 1_000 }, () => waitForEnd(api, id, 30_000, never()));
    await until(() => isListenedTo(id));
    work();
    const jobs = await Promise.all(waiting);
    expect(new Set(jobs.map((job) => job?.status))).toEqual(new Set(['completed']));
    expect(looks()).toBeLessThan(20);
    await until(async () => !(await isListenedTo(id)));
  });

  it('gives up at the signal, at the end of its time, and for a job that is gone', async () => {
    const id = await submit();
    const left = new AbortController();
    const waiting = waitForEnd(api, id, 30_000, left.signal);
    left.abort();
    expect(await waiting).toBeUndefined();
    expect(await waitForEnd(api, id, 30_000, left.signal)).toBeUndefined();
    expect(await waitForEnd(api, id, 10, never())).toBeUndefined();
    expect(await waitForEnd(api, 'calculation_01h455vb4pex5vsknk084sn02q', 30_000, never())).toBeUndefined();
  });
});
