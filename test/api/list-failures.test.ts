import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FailureList } from '../../src/models/failures.js';
import { startApi, type TestApi } from '../support/api.js';
import { entriesOf, type TestKey, testKey } from '../support/keys.js';
import { until } from '../support/processes.js';

const acme = testKey('acme', { tenant: 'acme', scopes: ['submit', 'read', 'operate'] });
const others = testKey('others', { tenant: 'acme', scopes: ['read'], types: ['tree_growth'] });
const globex = testKey('globex', { tenant: 'globex', scopes: ['submit', 'read'] });
const admin = testKey('admin', { tenant: 'operators', scopes: ['admin'] });

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ API_KEYS: entriesOf([acme, others, globex, admin]) });
  await api.startWorker();
});
afterAll(() => api.close());

const overflow = { type: 'calculation', payload: { operation: 'product', numbers: [1e200, 1e200] } };
const sum = { type: 'calculation', payload: { operation: 'sum', numbers: [1, 2] } };
const late = { ...sum, options: { delayMs: 60_000, deadlineMs: 100 } };

async function failed(request: object, { headers }: TestKey): Promise<string> {
  const { body } = await api.http.post('/api/jobs').set(headers).send(request).expect(202);
  return until(async () => {
    const { body: job } = await api.http.get(`/api/jobs/${body.jobId}`).set(headers).expect(200);
    if (job.status !== 'failed') return false;
    // A worker enters it into the list of its code right after its end.
    const { body: page } = await api.http.get(`/api/jobs?error=${job.error.code}`).set(headers).expect(200);
    return page.jobs.some(({ id }: { id: string }) => id === body.jobId) && body.jobId;
  });
}

async function failuresOf({ headers }: TestKey, query = ''): Promise<FailureList['failures']> {
  const { body } = await api.http.get(`/api/failures${query}`).set(headers).expect(200);
  return body.failures;
}

describe('GET /api/failures', () => {
  it('is empty where nothing has failed', async () => {
    expect(await failuresOf(acme)).toEqual([]);
  });

  it('puts failed jobs together by type and code, the latest kind first', async () => {
    await failed(overflow, acme);
    const second = await failed(overflow, acme);
    const third = await failed(late, acme);
    expect(await failuresOf(acme)).toMatchObject([
      { type: 'calculation', code: 'deadline_exceeded', count: 1, latest: { id: third } },
      {
        type: 'calculation',
        code: 'calculation_overflow',
        title: expect.any(String),
        count: 2,
        lastAt: expect.any(String),
        latest: { id: second, detail: expect.any(String) },
      },
    ]);
  });

  it('links to the jobs, and to what the code means', async () => {
    for (const { links, count } of await failuresOf(acme)) {
      const { body } = await api.http.get(links.jobs).set(acme.headers).expect(200);
      expect(body.jobs).toHaveLength(count);
      await api.http.get(links.error).expect(200);
    }
  });

  it('shows a key its own tenant’s, and admin those of all', async () => {
    expect(await failuresOf(globex)).toEqual([]);
    const own = await failed(overflow, globex);
    expect(await failuresOf(globex)).toMatchObject([{ count: 1, latest: { id: own } }]);
    const all = await failuresOf(admin);
    expect(all.find(({ code }) => code === 'calculation_overflow')).toMatchObject({
      count: 3,
      latest: { id: own },
    });
  });

  it('shows a key that is limited to types only these, and answers 403 for another', async () => {
    expect(await failuresOf(others)).toEqual([]);
    await api.http.get('/api/failures?type=calculation').set(others.headers).expect(403);
  });

  it('counts a job no more that was retried, deleted, or has not failed but was cancelled', async () => {
    const [{ latest } = { latest: { id: '' } }] = await failuresOf(acme, '?type=calculation');
    await api.http.post(`/api/jobs/${latest.id}/retry`).set(acme.headers).expect(202);
    const waiting = { ...sum, options: { delayMs: 60_000 } };
    const { body } = await api.http.post('/api/jobs').set(acme.headers).send(waiting).expect(202);
    await api.http.post(`/api/jobs/${body.jobId}/cancel`).set(acme.headers).expect(200);
    const [{ latest: next } = { latest: { id: '' } }] = await failuresOf(acme);
    await api.http.delete(`/api/jobs/${next.id}`).set(acme.headers).expect(204);
    expect(await failuresOf(acme)).toMatchObject([{ code: 'calculation_overflow', count: 1 }]);
  });

  it.each(['type=nothing', 'code=expired'])('answers 422 to %s', async (query) => {
    await api.http.get(`/api/failures?${query}`).set(admin.headers).expect(422);
  });
});
