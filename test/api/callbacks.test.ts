/** Callbacks from the request to the receiver and back: over HTTP, with a worker and a receiver of their own. */
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { typeId, uuidV7 } from '../../src/models/type-id.js';
import { type JobBody, startApi, type TestApi } from '../support/api.js';
import { until } from '../support/processes.js';
import { remoteServer } from '../support/remote-server.js';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const sum = { operation: 'sum', numbers: [1, 2, 3] };

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ WEBHOOK_SECRETS: secret, OUTBOUND_ALLOW: '127.0.0.0/8', BASE_PATH: '/jobs' });
  await api.startWorker();
});
afterAll(() => api.close());

/** Answers the statuses in their order, the last one from then on. */
async function receiver(...statuses: number[]) {
  const bodies: string[] = [];
  const server = await remoteServer(async (request, response) => {
    bodies.push(await text(request));
    response.writeHead((statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 200).end();
  });
  return { ...server, bodies, url: `${server.origin}/hook` };
}

/** A job that has ended, and the id of its delivery. */
async function ended(
  callbackUrl: string,
  payload: object = sum,
): Promise<{ job: JobBody; delivery: string }> {
  const job = await api.run('calculation', payload, { callbackUrl });
  const [delivery] = await until(async () => {
    const deliveries = await deliveriesOf(job.id);
    return deliveries.length > 0 && deliveries;
  });
  return { job, delivery: delivery.id };
}

const deliveriesOf = async (jobId: string) =>
  (await api.http.get(`/api/jobs/${jobId}/callbacks`).expect(200)).body.callbacks;

const once = (id: string, status: string) => api.jobOnce(id, (job) => job.status === status);

describe('a job with a callbackUrl', () => {
  it('tells its end, signed, as GET answers it', async () => {
    const { url, bodies, requests } = await receiver(204);
    const { job, delivery } = await ended(url);
    await once(delivery, 'completed');
    expect(requests).toHaveLength(1);
    const message = new Webhook(secret).verify(
      bodies[0] ?? '',
      requests[0]?.headers as Record<string, string>,
    );
    expect(message).toEqual({ type: 'job.completed', timestamp: job.completedAt, data: job });
  });

  it('tells a failure', async () => {
    const { url, bodies } = await receiver(200);
    const { job, delivery } = await ended(url, { operation: 'product', numbers: [1e300, 1e300] });
    await once(delivery, 'completed');
    expect(JSON.parse(bodies[0] ?? '')).toEqual({
      type: 'job.failed',
      timestamp: job.failedAt,
      data: job,
    });
    expect(job.error?.code).toBe('calculation_overflow');
  });

  it('tells that it was cancelled, which no worker saw', async () => {
    const { url, bodies } = await receiver(200);
    const options = { callbackUrl: url, delayMs: 3_600_000 };
    const { body } = await api.http.post('/api/jobs').send({ type: 'calculation', payload: sum, options });
    await api.queue.changes.cancel(body.jobId);
    await until(() => bodies.length === 1);
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({
      type: 'job.cancelled',
      data: { id: body.jobId, status: 'cancelled', error: { code: 'cancelled' } },
    });
  });
});

describe('POST /api/jobs', () => {
  it('answers 422 for a callback where there is no secret to sign it with', async () => {
    const unsigned = await startApi();
    const { body } = await unsigned.http
      .post('/api/jobs')
      .send({ type: 'calculation', payload: sum, options: { callbackUrl: 'https://example.com/' } })
      .expect(422);
    expect(body).toMatchObject({
      code: 'callbacks_not_configured',
      detail: expect.stringMatching(/WEBHOOK_SECRETS/),
    });
    await unsigned.http.post('/api/jobs').send({ type: 'calculation', payload: sum }).expect(202);
    await unsigned.close();
  });

  it('answers 422 for a delivery, which is not for clients to submit', async () => {
    const { body } = await api.http
      .post('/api/jobs')
      .send({ type: 'callback_delivery', payload: {} })
      .expect(422);
    expect(body.errors).toMatchObject([{ pointer: '/type', code: 'unknown_type' }]);
  });
});

describe('GET /api/jobs/:id/callbacks', () => {
  it('answers 200 with each delivery, its outcome and the job that makes it', async () => {
    const { url } = await receiver(202);
    const { job, delivery } = await ended(url);
    await once(delivery, 'completed');
    expect(await deliveriesOf(job.id)).toEqual([
      {
        id: delivery,
        status: 'completed',
        event: 'job.completed',
        url,
        messageId: expect.stringMatching(/^msg_/),
        attempts: { made: 1, max: 8 },
        responseStatus: 202,
        createdAt: expect.any(String),
        completedAt: expect.any(String),
        links: { self: `/jobs/api/jobs/${delivery}`, job: `/jobs/api/jobs/${job.id}` },
      },
    ]);
  });

  it('shows a delivery that is refused, and why', async () => {
    const { url } = await receiver(410);
    const { job, delivery } = await ended(url);
    await once(delivery, 'failed');
    const [shown] = await deliveriesOf(job.id);
    expect(shown).toMatchObject({
      status: 'failed',
      attempts: { made: 1, max: 8 },
      responseStatus: 410,
      error: { code: 'remote_refused', detail: '"127.0.0.1" answered 410.' },
    });
  });

  it('shows one that is tried again, and when', async () => {
    const { url } = await receiver(503);
    const { job, delivery } = await ended(url);
    await once(delivery, 'retrying');
    const [shown] = await deliveriesOf(job.id);
    expect(shown).toMatchObject({
      status: 'retrying',
      responseStatus: 503,
      error: { code: 'remote_error' },
      scheduledFor: expect.any(String),
    });
  });

  it('answers 200 with none for a job that asks for no callback, and 404 for one that is not there', async () => {
    const job = await api.run('calculation', sum);
    expect(await deliveriesOf(job.id)).toEqual([]);
    const absent = typeId('calculation', uuidV7(0, new Uint8Array(10)));
    const { body } = await api.http.get(`/api/jobs/${absent}/callbacks`).expect(404);
    expect(body.code).toBe('job_not_found');
  });
});

describe('POST /api/jobs/:id/callbacks', () => {
  it('answers 202 and delivers the same message once more', async () => {
    const { url, requests, bodies } = await receiver(410, 200);
    const { job, delivery } = await ended(url);
    await once(delivery, 'failed');
    const { body, headers } = await api.http.post(`/api/jobs/${job.id}/callbacks`).expect(202);
    expect(body).toEqual({ message: 'Delivery accepted', jobId: expect.any(String), status: 'pending' });
    expect(headers.location).toBe(`/jobs/api/jobs/${body.jobId}`);
    await once(body.jobId, 'completed');
    expect(bodies[1]).toBe(bodies[0]);
    expect(requests[1]?.headers['webhook-id']).toBe(requests[0]?.headers['webhook-id']);
    expect(await deliveriesOf(job.id)).toMatchObject([
      { id: body.jobId, status: 'completed', responseStatus: 200 },
      { id: delivery, status: 'failed', responseStatus: 410 },
    ]);
  });

  it('answers 409 while the job has not finished', async () => {
    const id = typeId('unserved', uuidV7(Date.now(), new Uint8Array(10)));
    const definition = api.registry.get('calculation')?.definition;
    if (definition === undefined) throw new Error('calculation is not registered');
    const options = { callbackUrl: 'https://example.com/' };
    await api.queue.submit({ id, type: 'unserved', payload: {}, options, policy: definition.policy });
    const { body } = await api.http.post(`/api/jobs/${id}/callbacks`).expect(409);
    expect(body).toMatchObject({
      code: 'job_not_finished',
      detail: expect.stringMatching(/^The job is pending/),
    });
  });

  it('answers 422 for a job that asks for no callback, and 404 for one that is not there', async () => {
    const job = await api.run('calculation', sum);
    const { body } = await api.http.post(`/api/jobs/${job.id}/callbacks`).expect(422);
    expect(body.code).toBe('callback_not_requested');
    await api.http.post('/api/jobs/nothing/callbacks').expect(404);
  });
});
