import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { History } from '../../src/models/history.js';
import { startApi, type TestApi } from '../support/api.js';
import { entriesOf, testKey } from '../support/keys.js';
import { until } from '../support/processes.js';

const acme = testKey('acme', { tenant: 'acme', scopes: ['submit', 'read', 'operate'] });
const sums = testKey('sums', { tenant: 'acme', scopes: ['submit', 'read'], types: ['calculation'] });
const globex = testKey('globex', { tenant: 'globex', scopes: ['submit', 'read'] });
const admin = testKey('admin', { tenant: 'operators', scopes: ['admin'] });

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ API_KEYS: entriesOf([acme, sums, globex, admin]) });
  await api.startWorker();
});
afterAll(() => api.close());

async function submit(headers: Record<string, string>, payload: object, options = {}): Promise<string> {
  const request = { type: 'calculation', payload, options };
  const { body } = await api.http.post('/api/jobs').set(headers).send(request).expect(202);
  return body.jobId;
}

async function historyOf({ headers }: { headers: Record<string, string> }, query = ''): Promise<History> {
  const { body } = await api.http.get(`/api/stats/history${query}`).set(headers).expect(200);
  return body;
}

/** Of the type over all minutes: the run may go past the end of one. */
const endsOf = ({ types }: History, type = 'calculation') => {
  const minutes = types[type]?.minutes ?? [];
  const sum = (what: 'completed' | 'failed' | 'cancelled') =>
    minutes.reduce((total, minute) => total + minute[what], 0);
  return [sum('completed'), sum('failed'), sum('cancelled')];
};

describe('GET /api/stats/history', () => {
  it('has the last hour in minutes, the one that is under way included, for each type and lane', async () => {
    const { from, until: read, lanes, types } = await historyOf(admin);
    expect(Object.keys(types).sort()).toEqual([...api.registry.keys()].sort());
    for (const minutes of [lanes.short, lanes.long, ...Object.values(types).map((each) => each.minutes)])
      expect(minutes).toHaveLength(60);
    const times = lanes.short.map(({ at }) => Date.parse(at));
    expect(times).toEqual(times.map((_, index) => Date.parse(from) + index * 60_000));
    expect(Date.parse(read) - (times.at(-1) ?? 0)).toBeLessThan(60_000);
  });

  it('counts how jobs ended, each where the tenant of its key sees it and nobody else', async () => {
    for (let index = 0; index < 3; index++)
      await submit(acme.headers, { operation: 'sum', numbers: [index, 1] });
    await submit(acme.headers, { operation: 'product', numbers: [1e200, 1e200] });
    const later = await submit(acme.headers, { operation: 'sum', numbers: [9] }, { delayMs: 3_600_000 });
    await api.http.post(`/api/jobs/${later}/cancel`).set(acme.headers).expect(200);
    await until(async () => endsOf(await historyOf(acme)).join() === '3,1,1');
    expect(endsOf(await historyOf(globex))).toEqual([0, 0, 0]);
    expect(endsOf(await historyOf(admin))).toEqual([3, 1, 1]);
  });

  it('tells how long they waited and ran', async () => {
    const { lanes } = await historyOf(acme);
    const busy = lanes.short.filter(({ completed }) => completed > 0);
    expect(busy.length).toBeGreaterThan(0);
    for (const { queueMs, processingMs } of busy)
      for (const told of [queueMs, processingMs]) {
        expect(told?.median).toBeGreaterThanOrEqual(0);
        expect(told?.p95).toBeGreaterThanOrEqual(told?.median ?? Infinity);
      }
  });

  it('tells how many wait, and the oldest, to whoever sees all tenants', async () => {
    await api.http.post('/api/types/calculation/pause').set(admin.headers).expect(200);
    await submit(acme.headers, { operation: 'sum', numbers: [7] }, { cache: false });
    const seen = await until(async () => {
      const { types } = await historyOf(admin);
      return types.calculation?.minutes.find(({ pending = 0 }) => pending > 0);
    });
    expect(seen.oldestPendingMs).toBeGreaterThanOrEqual(0);
    await api.http.post('/api/types/calculation/resume').set(admin.headers).expect(200);
    const own = await historyOf(acme);
    expect(own.lanes.short.filter(({ pending }) => pending !== undefined)).toEqual([]);
  }, 20_000);

  it('can be asked for less', async () => {
    const { types, lanes } = await historyOf(admin, '?type=calculation&minutes=5');
    expect(Object.keys(types)).toEqual(['calculation']);
    expect(lanes.short).toHaveLength(5);
  });

  it('shows a key that is limited to types only these, and answers 403 for another', async () => {
    expect(Object.keys((await historyOf(sums)).types)).toEqual(['calculation']);
    await api.http.get('/api/stats/history?type=file_processing').set(sums.headers).expect(403);
  });

  it.each(['minutes=0', 'minutes=61', 'minutes=x', 'type=nothing', 'hours=1'])(
    'answers 422 to %s',
    async (query) => {
      await api.http.get(`/api/stats/history?${query}`).set(admin.headers).expect(422);
    },
  );

  it('keeps no minute for ever', async () => {
    const { connection, keys, now } = api.queue.access;
    const key = keys.of('acme').history(Math.floor(now() / 60_000));
    await submit(acme.headers, { operation: 'sum', numbers: [8] }, { cache: false });
    await until(async () => (await connection.exists(key)) === 1);
    expect(await connection.pttl(key)).toBeGreaterThan(60 * 60_000);
  });
});
