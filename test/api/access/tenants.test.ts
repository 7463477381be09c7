/**
 * Two tenants on two API servers: whatever one of them has, the other neither sees nor changes, on either server. What
 * is not a tenant's looks to it exactly like what never was.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../../../src/api/operations.js';
import type { JobBody, TestApi } from '../../support/api.js';
import { EventClient } from '../../support/event-client.js';
import { photo } from '../../support/images.js';
import { entriesOf, startTwo, type TestKey, type TwoServers, testKey } from '../../support/keys.js';
import { until } from '../../support/processes.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const all = ['submit', 'read', 'operate'] as const;
const acme = testKey('acme-1', { tenant: 'acme', scopes: [...all] });
const globex = testKey('globex-1', { tenant: 'globex', scopes: [...all] });
/** Of the same tenant as acme's. */
const admin = testKey('root', { tenant: 'acme', scopes: ['admin'] });

let two: TwoServers;
let first: TestApi;
let second: TestApi;
beforeAll(async () => {
  two = await startTwo({
    API_KEYS: entriesOf([acme, globex, admin]),
    JOB_TYPES: 'test/support/job-types',
    WEBHOOK_SECRETS: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    OUTBOUND_ALLOW: '127.0.0.0/8',
  });
  [first, second] = two.servers;
  await first.startWorker();
});
afterAll(() => two.close());

/** Requests of one client. */
const as = ({ headers }: TestKey, server = first) => ({
  get: (path: string) => server.http.get(path).set(headers),
  post: (path: string, body: object = {}) => server.http.post(path).set(headers).send(body),
  delete: (path: string) => server.http.delete(path).set(headers),
  patch: (path: string, body: object) => server.http.patch(path).set(headers).send(body),
});

async function submit(who: TestKey, job: object): Promise<string> {
  return (await as(who).post('/api/jobs', job).expect(202)).body.jobId;
}

const isFinal = ({ status }: JobBody) => ['completed', 'failed', 'cancelled'].includes(status);

const jobOnce = (who: TestKey, id: string, holds: (job: JobBody) => boolean): Promise<JobBody> =>
  until(async () => {
    const { body } = await as(who).get(`/api/jobs/${id}`).expect(200);
    return holds(body) && (body as JobBody);
  });

const run = async (who: TestKey, job: object) => jobOnce(who, await submit(who, job), isFinal);

let made = 0;
const sum = (options: object = {}) => ({
  type: 'calculation',
  payload: { operation: 'sum', numbers: [++made] },
  options,
});
const later = (...tags: string[]) => sum({ delayMs: 3_600_000, tags });
const picture =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAEAAAAAwCAIAAAAuKetIAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAARklEQVRo3u3PgQkAMAgDsA7m/x+7fSEIgTyQk7yb3qw6WUxAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBgzgcLc+tL+XLEzwAAAABJRU5ErkJggg==';
const resize = (source: object) => ({
  type: 'file_processing',
  payload: { source, operations: [{ operation: 'resize', width: 8, height: 6 }] },
});

describe('a job of one tenant', () => {
  let jobs: Record<'completed' | 'failed' | 'scheduled' | 'told', JobBody>;
  beforeAll(async () => {
    jobs = {
      completed: await run(acme, resize({ dataUri: picture })),
      failed: await run(acme, { type: 'misbehaving', payload: { deed: 'declared' } }),
      scheduled: (await as(acme).get(`/api/jobs/${await submit(acme, later())}`)).body,
      told: await run(acme, sum({ callbackUrl: 'http://127.0.0.1:1/nobody-listens' })),
    };
  });

  const ofJobs = operations
    .filter(({ path }) => path.startsWith('/api/jobs/:id'))
    .map(({ id, method, path }) => ({ id, method, path }));
  const missing = 'calculation_01kb4nq5xaewr9m3xj3t1qh8zd';

  it.each(ofJobs)('is not there for another: $id', async ({ method, path }) => {
    for (const server of two.servers)
      for (const { id, status } of Object.values(jobs)) {
        const ask = (jobId: string) =>
          server.http[method](path.replace(':id', jobId).replace(':index', '0'))
            .set({ ...globex.headers, Prefer: 'wait=30' })
            .send(method === 'patch' ? { priority: 'low' } : undefined);
        const refused = await ask(id).expect(404);
        const never = await ask(missing).expect(404);
        const { requestId: _1, instance: _2, ...problem } = refused.body;
        const { requestId: _3, instance: _4, ...expected } = never.body;
        expect(problem).toEqual({ ...expected, detail: expected.detail.replace(missing, id) });
        const job = await as(acme, server).get(`/api/jobs/${id}`).expect(200);
        expect(job.body).toMatchObject({ status, priority: 'normal', tenant: 'acme' });
      }
  });

  it('is there for its own, and for an admin', async () => {
    for (const who of [acme, admin])
      for (const { id } of Object.values(jobs))
        for (const part of ['', '/attempts', '/tree', '/logs', '/why', '/callbacks'])
          await as(who, second).get(`/api/jobs/${id}${part}`).expect(200);
    await as(acme).get(`/api/jobs/${jobs.completed.id}/files/0`).expect(200);
  });

  it('is told by a delivery of the same tenant', async () => {
    const [delivery] = await until(async () => {
      const { body } = await as(acme).get(`/api/jobs/${jobs.told.id}/callbacks`).expect(200);
      return body.callbacks.length > 0 && body.callbacks;
    });
    await as(acme).get(`/api/jobs/${delivery.id}`).expect(200);
    await as(globex).get(`/api/jobs/${delivery.id}`).expect(404);
  });

  it('is gone for its own when it was deleted, and still was never there for another', async () => {
    const job = await run(acme, sum());
    await as(acme).delete(`/api/jobs/${job.id}`).expect(204);
    await as(acme, second).get(`/api/jobs/${job.id}`).expect(410);
    await as(admin, second).get(`/api/jobs/${job.id}`).expect(410);
    await as(acme).delete(`/api/jobs/${job.id}`).expect(204);
    for (const path of ['', '/events', '/why'])
      await as(globex).get(`/api/jobs/${job.id}${path}`).expect(404);
    await as(globex).delete(`/api/jobs/${job.id}`).expect(404);
  });

  it('has children of the same tenant', async () => {
    const parent = await run(acme, { ...sum(), children: [sum()] });
    const { body } = await as(acme).get(`/api/jobs/${parent.id}`).expect(200);
    await as(acme).get(`/api/jobs/${body.children[0]}`).expect(200);
    await as(globex).get(`/api/jobs/${body.children[0]}`).expect(404);
  });
});

describe('lists', () => {
  const tag = 'both-have-it';
  let theirs: Record<string, string>;
  let ours: Record<string, string>;

  async function some(who: TestKey): Promise<Record<string, string>> {
    const cancelled = await submit(who, later(tag));
    await as(who).post(`/api/jobs/${cancelled}/cancel`).expect(200);
    const failed = { type: 'misbehaving', payload: { deed: 'declared' }, options: { tags: [tag] } };
    return {
      completed: (await run(who, sum({ tags: [tag] }))).id,
      failed: (await run(who, failed)).id,
      scheduled: await submit(who, later(tag)),
      cancelled,
    };
  }

  beforeAll(async () => {
    theirs = await some(acme);
    ours = await some(globex);
  });

  const filters = [
    '',
    'type=calculation',
    'status=completed',
    'status=failed',
    'status=cancelled',
    'status=scheduled',
    'status=pending',
    `tag=${tag}`,
    `tag=${tag}&status=completed`,
    'error=cancelled',
    'error=as_declared',
    'from=2026-01-01T00:00:00Z&status=completed',
  ];

  it.each(filters)('have only what is the client’s own: ?%s', async (filter) => {
    const { body } = await as(globex, second).get(`/api/jobs?limit=100&${filter}`).expect(200);
    const tenants = new Set(body.jobs.map(({ tenant }: JobBody) => tenant));
    expect([...tenants]).toEqual(filter === 'status=pending' ? [] : ['globex']);
    const ids = body.jobs.map(({ id }: JobBody) => id);
    const [, wanted] = /status=(\w+)/.exec(filter) ?? [];
    if (wanted !== undefined && wanted !== 'pending') expect(ids).toEqual([ours[wanted]]);
    if (filter === `tag=${tag}`) expect(ids.sort()).toEqual(Object.values(ours).sort());
  });

  it('have all tenants’ for an admin', async () => {
    const { body } = await as(admin).get(`/api/jobs?tag=${tag}`).expect(200);
    const expected = [...Object.values(ours), ...Object.values(theirs)];
    expect(body.jobs.map(({ id }: JobBody) => id).sort()).toEqual(expected.sort());
  });

  it('cannot be gone on with by another’s cursor', async () => {
    const { body } = await as(acme).get('/api/jobs?limit=1').expect(200);
    await as(acme).get(`/api/jobs?cursor=${body.next}`).expect(200);
    await as(globex).get(`/api/jobs?cursor=${body.next}`).expect(422);
  });

  it('know a job that was retried by what it is now', async () => {
    const { id } = await run(globex, { type: 'misbehaving', payload: { deed: 'declared' } });
    await as(globex).post(`/api/jobs/${id}/retry`).expect(202);
    await jobOnce(globex, id, (job) => isFinal(job) && (job.attempts as { made: number }).made > 1);
    // A worker enters it into that list right after its end.
    await until(async () => {
      const { body } = await as(globex).get('/api/jobs?error=as_declared').expect(200);
      return body.jobs.some((job: JobBody) => job.id === id);
    });
  });
});

describe('bulk operations', () => {
  it('mean the client’s own jobs', async () => {
    const ours = await submit(globex, later('sweep'));
    const theirs = await submit(acme, later('sweep'));
    const request = { action: 'cancel', filter: { tag: 'sweep' } };
    const dry = await as(globex).post('/api/bulk?dryRun=true', request).expect(200);
    expect(dry.body).toMatchObject({ matched: 1, examples: [ours] });
    const { body } = await as(globex).post('/api/bulk', request).expect(202);
    await jobOnce(globex, body.jobId, isFinal);
    expect((await as(globex).get(`/api/jobs/${ours}`)).body.status).toBe('cancelled');
    expect((await as(acme).get(`/api/jobs/${theirs}`)).body.status).toBe('scheduled');
    await as(acme).get(`/api/jobs/${body.jobId}`).expect(404);
  });

  it('of an admin mean all, and are no tool of others of its tenant', async () => {
    const ours = await submit(globex, later('sweep-all'));
    const { body } = await as(admin)
      .post('/api/bulk', { action: 'cancel', filter: { tag: 'sweep-all' } })
      .expect(202);
    await until(async () => (await as(globex).get(`/api/jobs/${ours}`)).body.status === 'cancelled');
    await as(admin).get(`/api/jobs/${body.jobId}`).expect(200);
    await as(acme).get(`/api/jobs/${body.jobId}`).expect(404);
    await as(acme).post(`/api/jobs/${body.jobId}/retry`).expect(404);
    const again = { action: 'delete', filter: { type: 'bulk_operation' } };
    const dry = await as(acme).post('/api/bulk?dryRun=true', again).expect(200);
    expect(dry.body.examples).not.toContain(body.jobId);
  });
});

describe('sameness', () => {
  it('of an idempotency key is each tenant’s own', async () => {
    const send = (who: TestKey) =>
      as(who)
        .post('/api/jobs', {
          type: 'calculation',
          payload: { operation: 'sum', numbers: [7] },
          options: { cache: false },
        })
        .set('Idempotency-Key', 'order-1')
        .expect(202);
    const [theirs, ours, again] = [await send(acme), await send(globex), await send(globex)];
    expect(ours.body.jobId).not.toBe(theirs.body.jobId);
    expect(again.body).toMatchObject({ jobId: ours.body.jobId, reused: 'idempotency_key' });
    const batch = (who: TestKey) =>
      as(who)
        .post('/api/jobs/batch', [{ ...later(), idempotencyKey: 'row-1' }] as object)
        .expect(200);
    made = 1_000;
    const [one] = (await batch(acme)).body;
    made = 1_000;
    const [other] = (await batch(globex)).body;
    expect(other.reused).toBeUndefined();
    expect(other.jobId).not.toBe(one.jobId);
  });

  it('of work is each tenant’s own, whichever key it is sent with', async () => {
    const job = { type: 'shared', payload: { folder: '/tmp', value: 'the same' } };
    const theirs = await run(acme, job);
    const ours = await as(globex).post('/api/jobs', job).expect(202);
    expect(ours.body.reused).toBeUndefined();
    expect(ours.body.jobId).not.toBe(theirs.id);
    const again = await as(admin).post('/api/jobs', job).expect(202);
    expect(again.body).toMatchObject({ jobId: theirs.id, reused: 'cached' });
  });
});

describe('files', () => {
  const upload = async ({ headers }: TestKey) =>
    (
      await first.http
        .post('/api/files?name=photo.jpg')
        .set({ ...headers, 'Content-Type': 'image/jpeg' })
        .send(await photo(64, 48))
        .expect(201)
    ).body;

  it('are not there for another, neither to be downloaded nor to be worked on', async () => {
    const file = await upload(acme);
    expect(file.tenant).toBe('acme');
    await as(acme, second).get(`/api/files/${file.id}`).expect(200);
    await as(admin, second).get(`/api/files/${file.id}`).expect(200);
    for (const method of ['get', 'head'] as const)
      await second.http[method](`/api/files/${file.id}`).set(globex.headers).expect(404);
    expect((await run(acme, resize({ fileId: file.id }))).status).toBe('completed');
    const stolen = await run(globex, resize({ fileId: file.id }));
    expect(stolen).toMatchObject({ status: 'failed', error: { code: 'file_not_found' } });
  });

  it('that a job makes are its tenant’s, by their own ids, too', async () => {
    const job = await run(acme, resize({ dataUri: picture }));
    const { links } = job as unknown as { links: { self: string } };
    await as(acme).get(`${links.self}/files/1`).expect(200);
    const text = JSON.stringify(job.result);
    const [made] = /file_[0-9a-z]{26}/.exec(text) ?? [];
    await as(acme).get(`/api/files/${made}`).expect(200);
    await as(globex).get(`/api/files/${made}`).expect(404);
    expect((await run(globex, resize({ fileId: made }))).error?.code).toBe('file_not_found');
  });
});

describe('events', () => {
  const open = (who: TestKey, path: string, lastEventId?: string) =>
    EventClient.open(`${second.url}${path}`, lastEventId, who.headers);

  it('of all jobs are those of the client’s own, live and read again', async () => {
    const before = await first.events.history.last();
    const [ours, everything] = [await open(globex, '/api/events'), await open(admin, '/api/events')];
    const theirs = await run(acme, { type: 'misbehaving', payload: { deed: 'none' } });
    const own = await run(globex, { type: 'misbehaving', payload: { deed: 'none' } });
    const ofJob = (id: string) => (event: { data: { jobId?: string; status?: string } }) =>
      event.data.jobId === id && event.data.status === 'completed';
    await everything.first(ofJob(theirs.id));
    await as(acme).delete(`/api/jobs/${theirs.id}`).expect(204);
    await as(globex).delete(`/api/jobs/${own.id}`).expect(204);
    await everything.first(({ event, data }) => event === 'deleted' && data.jobId === theirs.id);
    const again = await open(globex, '/api/events', before);
    for (const client of [ours, again]) {
      await client.first(({ event, data }) => event === 'deleted' && data.jobId === own.id);
      expect(new Set(client.events.map(({ data }) => data.tenant))).toEqual(new Set(['globex']));
      const kinds = new Set(client.events.map(({ event }) => event));
      expect(kinds).toEqual(new Set(['status', 'progress', 'log', 'deleted']));
    }
  });
});

describe('schedules', () => {
  const schedule = {
    id: 'nightly',
    type: 'calculation',
    payload: { operation: 'sum', numbers: [1] },
    cron: '0 0 * * *',
  };
  beforeAll(async () => {
    await as(acme).post('/api/schedules', schedule).expect(201);
  });

  it('are not there for another, whose ids are its own', async () => {
    for (const server of two.servers) {
      const other = as(globex, server);
      await other.get('/api/schedules/nightly').expect(404);
      await other.get('/api/schedules/acme%2Fnightly').expect(404);
      await other.patch('/api/schedules/nightly', { paused: true }).expect(404);
      await other.post('/api/schedules/nightly/run').expect(404);
      await other.delete('/api/schedules/nightly').expect(204);
      await other.delete('/api/schedules/acme%2Fnightly').expect(204);
      expect((await other.get('/api/schedules').expect(200)).body.schedules).toEqual([]);
    }
    await as(globex)
      .post('/api/schedules', { ...schedule, cron: '0 1 * * *' })
      .expect(201);
    const mine = await as(acme).get('/api/schedules/nightly').expect(200);
    expect(mine.body).toMatchObject({ id: 'nightly', tenant: 'acme', cron: '0 0 * * *', paused: false });
    await as(globex).delete('/api/schedules/nightly').expect(204);
    await as(acme).get('/api/schedules/nightly').expect(200);
  });

  it('make jobs of their tenant', async () => {
    const { body } = await as(acme).post('/api/schedules/nightly/run').expect(202);
    await as(acme).get(`/api/jobs/${body.jobId}`).expect(200);
    await as(globex).get(`/api/jobs/${body.jobId}`).expect(404);
    const id = 'soon';
    await as(globex)
      .post('/api/schedules', {
        id,
        type: 'calculation',
        payload: { operation: 'sum', numbers: [2] },
        everyMs: 1_000,
      })
      .expect(201);
    const ran = await until(async () => {
      const { lastJobId } = (await as(globex).get(`/api/schedules/${id}`).expect(200)).body;
      return lastJobId !== undefined && lastJobId;
    });
    await as(globex).get(`/api/jobs/${ran}`).expect(200);
    await as(acme).get(`/api/jobs/${ran}`).expect(404);
    await as(globex).delete(`/api/schedules/${id}`).expect(204);
  });

  it('of all tenants are an admin’s to read and to change, by links that lead to them', async () => {
    await as(globex)
      .post('/api/schedules', { ...schedule, cron: '0 2 * * *' })
      .expect(201);
    const { body } = await as(admin).get('/api/schedules').expect(200);
    const found = body.schedules.map(({ tenant, links }: { tenant: string; links: { self: string } }) => [
      tenant,
      links.self,
    ]);
    expect(found).toEqual([
      ['acme', '/api/schedules/nightly'],
      ['globex', '/api/schedules/globex%2Fnightly'],
    ]);
    await as(admin).patch('/api/schedules/globex%2Fnightly', { paused: true }).expect(200);
    expect((await as(globex).get('/api/schedules/nightly')).body.paused).toBe(true);
    const page = await as(admin).get('/api/schedules?limit=1').expect(200);
    const next = await as(admin)
      .get(`/api/schedules?limit=1&cursor=${encodeURIComponent(page.body.nextCursor)}`)
      .expect(200);
    expect(next.body.schedules[0].tenant).toBe('globex');
  });
});

it('waiting for a job of another tenant is refused at once, while its own wait', async () => {
  const folder = await temporaryFolder();
  const id = await submit(acme, { type: 'gated', payload: { folder } });
  const waiting = as(acme, second).get(`/api/jobs/${id}`).set('Prefer', 'wait=30').expect(200).then();
  await as(globex, second).get(`/api/jobs/${id}`).set('Prefer', 'wait=30').expect(404);
  await writeFile(join(folder, 'gate'), '');
  expect((await waiting).body.status).toBe('completed');
});
