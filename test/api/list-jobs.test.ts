import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { policyOf } from '../../src/models/policy.js';
import { typeId, uuidV7 } from '../../src/models/type-id.js';
import { addJobs } from '../../src/queue/submission/add-jobs.js';
import type { NewJob } from '../../src/queue/submission/job-entry.js';
import { type JobBody, startApi, type TestApi } from '../support/api.js';
import { until } from '../support/processes.js';
import { openQueue } from '../support/queue.js';

const types = { JOB_TYPES: 'test/support/job-types' };

/** No worker is running beside it unless a test starts one. */
async function apiForTest(settings: Record<string, string> = {}): Promise<TestApi> {
  const api = await startApi({ ...types, ...settings });
  onTestFinished(() => api.close());
  return api;
}

const sum = { type: 'calculation', payload: { operation: 'sum', numbers: [1] } };
const overflow = { type: 'calculation', payload: { operation: 'product', numbers: [1e200, 1e200] } };

async function post({ http }: TestApi, body: object, options?: object): Promise<string> {
  const answer = await http.post('/api/jobs').send({ ...body, options: { cache: false, ...options } });
  expect(answer.body).toMatchObject({ jobId: expect.any(String) });
  return answer.body.jobId;
}

interface JobPage {
  jobs: JobBody[];
  next?: string;
}

const idsOf = (jobs: readonly JobBody[]) => jobs.map(({ id }) => id);

/** The ids of one page. */
async function list(api: TestApi, query = ''): Promise<string[]> {
  const { body } = await api.http.get(`/api/jobs?${query}`).expect(200);
  return idsOf(body.jobs);
}

/** All pages, by the links from one to the next. */
async function walk(
  { http }: TestApi,
  query: string,
  between: () => Promise<unknown> = async () => {},
): Promise<string[][]> {
  const pages: string[][] = [];
  let path: string | undefined = `/api/jobs?${query}`;
  while (path !== undefined) {
    const answer: { body: JobPage; headers: { link?: string } } = await http.get(path).expect(200);
    const { body, headers } = answer;
    pages.push(idsOf(body.jobs));
    path = /^<(.+)>; rel="next"$/.exec(headers.link ?? '')?.[1];
    expect(path === undefined).toBe(body.next === undefined);
    if (path !== undefined) await between();
  }
  return pages;
}

let made = 0;

/** Jobs that are as if they had been accepted at a time of the test's choice. */
async function addAt(
  { queue: { access } }: TestApi,
  atMs: number,
  count: number,
  more: Partial<NewJob> = {},
): Promise<string[]> {
  const { connection, prefix, keys, eventsMax } = access;
  const type = more.type ?? 'flaky';
  const jobs = Array.from({ length: count }, () => ({
    id: typeId(type, uuidV7(atMs, Buffer.from(String(made++).padStart(10, '0')))),
    type,
    payload: { failures: 0 },
    options: {},
    policy: policyOf(),
    ...more,
  }));
  const backend = await access.backend(type);
  for (let first = 0; first < count; first += 500)
    await addJobs(
      { connection, prefix, keys, eventsMax, now: () => atMs },
      backend,
      jobs.slice(first, first + 500),
    );
  return jobs.map(({ id }) => id);
}

describe('GET /api/jobs', () => {
  let api: TestApi;
  /** Newest first: failed, cancelled, completed, scheduled, pending. */
  let ids: string[];
  let times: { createdAt: string }[];

  beforeAll(async () => {
    api = await startApi({ ...types, BASE_PATH: '/jobs' });
    const worker = await api.startWorker();
    const ended = ['completed', 'failed', 'cancelled'];
    const completed = await post(api, sum, { tags: ['a', 'both'] });
    await api.jobOnce(completed, ({ status }) => ended.includes(status));
    const failed = await post(api, overflow, { tags: ['b', 'both'] });
    await api.jobOnce(failed, ({ status }) => ended.includes(status));
    await worker.stop();
    const cancelled = await post(api, { type: 'flaky', payload: { failures: 0 } }, { tags: ['both'] });
    await api.http.post(`/api/jobs/${cancelled}/cancel`).expect(200);
    const scheduled = await post(api, sum, { delayMs: 3_600_000 });
    const pending = await post(api, { type: 'flaky', payload: { failures: 0 } }, { tags: ['a'] });
    ids = [pending, scheduled, cancelled, failed, completed];
    times = await Promise.all(
      ids.map(async (id) => (await api.http.get(`/api/jobs/${id}`).expect(200)).body),
    );
  });
  afterAll(() => api.close());

  it('answers jobs newest first, each without its payload and its result', async () => {
    const { body, headers } = await api.http.get('/api/jobs').expect(200);
    expect(idsOf(body.jobs)).toEqual(ids);
    expect(body.next).toBeUndefined();
    expect(headers.link).toBeUndefined();
    for (const job of body.jobs) {
      const {
        payload: _payload,
        result: _result,
        ...whole
      } = (await api.http.get(`/api/jobs/${job.id}`).expect(200)).body;
      expect(job).toEqual(whole);
    }
  });

  it.each([
    ['type=calculation', [1, 3, 4]],
    ['type=flaky', [0, 2]],
    ['type=gated', []],
    ['status=pending', [0]],
    ['status=scheduled', [1]],
    ['status=cancelled', [2]],
    ['status=failed', [3]],
    ['status=completed', [4]],
    ['status=processing', []],
    ['status=blocked', []],
    ['status=retrying', []],
    ['tag=a', [0, 4]],
    ['tag=both', [2, 3, 4]],
    ['tag=nobody', []],
    ['error=calculation_overflow', [3]],
    ['error=cancelled', [2]],
    ['error=attempt_timeout', []],
    ['type=flaky&status=pending', [0]],
    ['type=flaky&status=scheduled', []],
    ['type=flaky&error=cancelled', [2]],
    ['type=calculation&error=cancelled', []],
    ['tag=both&status=failed', [3]],
    ['tag=both&status=cancelled&type=flaky&error=cancelled', [2]],
    ['tag=a&error=calculation_overflow', []],
    ['tag=a&type=calculation', [4]],
  ])('filters by %s', async (query, expected) => {
    const wanted = expected.map((index) => ids[index]);
    expect(await list(api, query)).toEqual(wanted);
    expect((await walk(api, `${query}&limit=1`)).flat()).toEqual(wanted);
  });

  it('filters by time: from it on, and before it', async () => {
    const at = (index: number) => encodeURIComponent(times[index]?.createdAt ?? '');
    expect(await list(api, `from=${at(2)}`)).toEqual(ids.slice(0, 3));
    expect(await list(api, `until=${at(2)}`)).toEqual(ids.slice(3));
    expect(await list(api, `from=${at(3)}&until=${at(1)}`)).toEqual(ids.slice(2, 4));
    expect(await list(api, `type=flaky&status=pending&from=${at(2)}`)).toEqual([ids[0]]);
    expect((await walk(api, `from=${at(3)}&until=${at(0)}&limit=1`)).flat()).toEqual(ids.slice(1, 4));
  });

  it('takes a time with an offset, also where its plus was not encoded', async () => {
    expect(await list(api, 'from=2001-02-03T04:05:06+02:00')).toEqual(ids);
    expect(await list(api, 'until=2001-02-03T04:05:06%2B02:00')).toEqual([]);
  });

  it('links to the next page, under the base path and with the same filter', async () => {
    const first = await api.http.get('/api/jobs?type=calculation&limit=2').expect(200);
    const [, link = ''] = /^<(.+)>; rel="next"$/.exec(String(first.headers.link)) ?? [];
    const url = new URL(link, 'http://localhost');
    expect(url.pathname).toBe('/jobs/api/jobs');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      type: 'calculation',
      limit: '2',
      cursor: first.body.next,
    });
    const second = await api.http.get(link).expect(200);
    expect(idsOf(second.body.jobs)).toEqual([ids[4]]);
    expect(second.body.next).toBeUndefined();
  });

  it('lets a cursor be used with pages of another size', async () => {
    const { body } = await api.http.get('/api/jobs?limit=1').expect(200);
    expect(await list(api, `limit=200&cursor=${body.next}`)).toEqual(ids.slice(1));
  });

  it('orders jobs that have ended by their end', async () => {
    const own = await apiForTest();
    const late = await post(own, sum);
    const early = await post(own, sum);
    const { body } = await own.http.post(`/api/jobs/${early}/cancel`).expect(200);
    await until(() => Date.now() > Date.parse(body.cancelledAt));
    await own.http.post(`/api/jobs/${late}/cancel`).expect(200);
    expect(await list(own)).toEqual([early, late]);
    expect(await list(own, 'status=cancelled')).toEqual([late, early]);
  });

  it('answers 304 while the page is as the ETag says', async () => {
    const first = await api.http.get('/api/jobs?limit=2').expect(200);
    await api.http.get('/api/jobs?limit=2').set('If-None-Match', String(first.headers.etag)).expect(304);
  });

  describe('a parameter that is wrong', () => {
    const mistakesOf = async (query: string) => {
      const { body } = await api.http.get(`/api/jobs?${query}`).expect(422);
      expect(body.code).toBe('validation_failed');
      return body.errors as { pointer: string; code: string; message: string }[];
    };

    it.each([
      ['limit=0', 'limit', /from 1 to 200, got "0"/],
      ['limit=201', 'limit', /from 1 to 200/],
      ['limit=abc', 'limit', /got "abc"/],
      ['limit=1e9', 'limit', /got "1e9"/],
      ['limit=-1', 'limit', /got "-1"/],
      ['limit=1.5', 'limit', /got "1.5"/],
      ['limit=', 'limit', /got ""/],
      ['limit=1&limit=2', 'limit', /once/],
      ['status=complete', 'status', /did you mean "completed"/],
      ['type=calculatoin', 'type', /did you mean "calculation"/],
      ['error=attempt_timeuot', 'error', /did you mean "attempt_timeout"/],
      ['tag=a,b', 'tag', /letters, digits/],
      ['tag=two%20words', 'tag', /letters, digits/],
      ['from=yesterday', 'from', /2026-11-05T09:00:00Z, got "yesterday"/],
      ['until=1762333200', 'until', /expected a time/],
      ['from=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z', 'until', /after `from`/],
      ['error=expired&status=completed', 'status', /failed, not completed/],
      ['error=cancelled&status=failed', 'status', /cancelled, not failed/],
      ['cursor=', 'cursor', /not a cursor/],
      ['cursor=%00', 'cursor', /not a cursor/],
      ['cursor=eyJhIjoxfQ', 'cursor', /not a cursor/],
      [`cursor=${Buffer.from('["x",1,"meta"]').toString('base64url')}`, 'cursor', /not a cursor/],
      ['statsu=failed', 'statsu', /did you mean "status"/],
      ['page=2', 'page', /not a field/],
    ])('%s is answered 422 at its name', async (query, pointer, message) => {
      const mistakes = await mistakesOf(query);
      expect(mistakes.map((mistake) => mistake.pointer)).toEqual([pointer]);
      expect(mistakes[0]?.message).toMatch(message);
    });

    it('is answered together with all the others', async () => {
      const mistakes = await mistakesOf('limit=0&status=faild&type=x&from=now&cursor=abc&offset=3&tag=%20');
      expect(mistakes.map(({ pointer }) => pointer).sort()).toEqual([
        'cursor',
        'from',
        'limit',
        'offset',
        'status',
        'tag',
        'type',
      ]);
    });

    it.each(['', 'type=flaky', 'type=calculation&status=scheduled', 'type=calculation&tag=a'])(
      'is the cursor of another list (%j)',
      async (other) => {
        const { body } = await api.http.get('/api/jobs?type=calculation&limit=1').expect(200);
        const [mistake] = await mistakesOf(`${other}&cursor=${body.next}`);
        expect(mistake).toMatchObject({
          pointer: 'cursor',
          message: expect.stringMatching(/another filter/),
        });
      },
    );
  });
});

describe('the pages of GET /api/jobs', () => {
  it('have each of 10,000 jobs of one millisecond once, whatever is asked of them', async () => {
    const api = await apiForTest();
    const atMs = Date.parse('2026-11-05T09:00:00Z');
    const ids = await addAt(api, atMs, 10_000, { options: { tags: ['many'] } });
    const newestFirst = [...ids].sort().reverse();
    const at = new Date(atMs).toISOString();
    for (const query of ['', 'type=flaky', 'status=pending', 'tag=many', `from=${at}`])
      expect((await walk(api, `${query}&limit=200`)).flat(), query).toEqual(newestFirst);
    expect(await list(api, `until=${at}`)).toEqual([]);
  });

  it('have the jobs of several types in one order', async () => {
    const api = await apiForTest();
    const startMs = Date.parse('2026-11-05T09:00:00Z');
    const ids: string[] = [];
    for (let index = 0; index < 60; index++)
      ids.unshift(
        ...(await addAt(api, startMs + index, 1, {
          type: ['flaky', 'gated', 'calculation'][index % 3] ?? '',
        })),
      );
    expect((await walk(api, 'limit=7')).flat()).toEqual(ids);
    expect((await walk(api, 'limit=7&status=pending')).flat()).toEqual(ids);
  });

  it('skip no job and repeat none while jobs arrive, end, are retried and are deleted', async () => {
    const api = await apiForTest({ WORKERS: '2' });
    await api.startWorker();
    const bodies = [sum, overflow, { type: 'flaky', payload: { failures: 1 } }];
    const stored: string[] = [];
    const arrive = async (count: number) => {
      for (let index = 0; index < count; index++)
        stored.push(await post(api, bodies[index % 3] ?? sum, { tags: ['t'] }));
    };
    await arrive(60);
    const there = [...stored];
    const failed = there.filter((_, index) => index % 3 === 1);
    for (const id of failed) await api.jobOnce(id, ({ status }) => status === 'failed');
    const doomed = new Set([...failed.slice(0, 3), ...there.filter((_, index) => index % 9 === 0)]);
    const [retried, stillFailed] = [failed.slice(3, 8), failed.slice(8)];

    for (const query of ['', 'tag=t', 'type=calculation', 'status=failed']) {
      const [toDelete, toRetry] = [[...doomed], [...retried]];
      const pages = await walk(api, `${query}&limit=4`, async () => {
        await arrive(2);
        const gone = toDelete.pop();
        // One that runs now, or was deleted for the list before, stays as it is.
        if (gone !== undefined) await api.http.delete(`/api/jobs/${gone}`);
        const again = toRetry.pop();
        if (again !== undefined) await api.http.post(`/api/jobs/${again}/retry`);
      });
      const seen = pages.flat();
      if (query !== 'status=failed') expect(new Set(seen).size, query).toBe(seen.length);
      const stays = query === 'status=failed' ? stillFailed : there.filter((id) => !doomed.has(id));
      const expected = stays.filter((id) => !query.startsWith('type') || id.startsWith('calculation'));
      for (const id of expected)
        expect(
          seen.filter((other) => other === id),
          `${id} in ${query}`,
        ).toHaveLength(1);
    }
  });

  it('go on behind a job that was deleted since', async () => {
    const api = await apiForTest();
    const ids: string[] = [];
    for (let index = 0; index < 4; index++) ids.unshift(await post(api, sum));
    const { body } = await api.http.get('/api/jobs?limit=2').expect(200);
    const last = idsOf(body.jobs)[1];
    await api.http.post(`/api/jobs/${last}/cancel`).expect(200);
    await api.http.delete(`/api/jobs/${last}`).expect(204);
    expect(await list(api, `cursor=${body.next}`)).toEqual(ids.slice(2));
    expect(await list(api)).toEqual(ids.filter((id) => id !== last));
  });

  it('may be short, and lead on, where few jobs pass the filter', async () => {
    const api = await apiForTest();
    const atMs = Date.parse('2026-11-05T09:00:00Z');
    const [oldest = ''] = await addAt(api, atMs, 1, { options: { tags: ['rare', 'common'] } });
    await addAt(api, atMs + 1, 6_000, { options: { tags: ['common'] } });
    await api.http.post(`/api/jobs/${oldest}/cancel`).expect(200);
    const pages = await walk(api, 'tag=common&status=cancelled');
    expect(pages.flat()).toEqual([oldest]);
    // A page looks at some thousands at the most.
    expect(pages.length).toBeGreaterThan(2);
    expect(pages.length).toBeLessThan(10);
    expect(await list(api, 'tag=rare&status=cancelled')).toEqual([oldest]);
    expect(await list(api, 'status=cancelled')).toEqual([oldest]);
  });

  it('know a job without its payload, however large that is', async () => {
    const api = await apiForTest();
    const id = await post(api, sum, { tags: ['t'], fairnessKey: 'k' });
    const { access } = api.queue;
    await access.connection.hset(`${access.prefix}:calculation:${id}`, 'data', 'nobody reads this');
    const { body } = await api.http.get('/api/jobs').expect(200);
    expect(body.jobs).toMatchObject([{ id, tags: ['t'], fairnessKey: 'k', status: 'pending' }]);
    expect(body.jobs[0]).not.toHaveProperty('payload');
  });

  it('show a job that has lost its worker as pending', async () => {
    const api = await apiForTest({ LOCK_MS: '1000' });
    const [id = ''] = await addAt(api, Date.now(), 1);
    const { access } = api.queue;
    const { take, close } = await openQueue('flaky', access.prefix);
    onTestFinished(close);
    expect(await take()).toBe(id);
    expect(await list(api, 'status=processing')).toEqual([id]);
    expect(await list(api, 'status=pending')).toEqual([]);
    await access.connection.del(`${access.prefix}:flaky:${id}:lock`);
    expect(await list(api, 'status=processing')).toEqual([]);
    expect(await list(api, 'status=pending')).toEqual([id]);
  });
});
