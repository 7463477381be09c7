import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type JobBody, startApi, type TestApi } from '../support/api.js';
import { answersTo, asLines } from '../support/batch.js';
import { until } from '../support/processes.js';

const settings = { JOB_TYPES: 'test/support/job-types' };

/** Its worker, once started, runs bulk operations and no short job. */
async function start(more: Record<string, string> = {}): Promise<TestApi> {
  const api = await startApi({ ...settings, LANES: 'long', ...more });
  onTestFinished(() => api.close());
  return api;
}

/** Submits so many jobs, and answers their ids. */
async function submit(api: TestApi, count: number, job: object = scheduled()): Promise<string[]> {
  const answers = await answersTo(api, asLines(Array.from({ length: count }, () => job)));
  return answers.map(({ jobId = '' }) => jobId);
}

const scheduled = (...tags: string[]) => ({
  type: 'coercing',
  payload: { on: 'yes' },
  options: { delayMs: 3_600_000, tags },
});

const bulk = ({ http }: TestApi, body: object, query = '') => http.post(`/api/bulk${query}`).send(body);

async function accepted(api: TestApi, body: object): Promise<string> {
  const answer = await bulk(api, body).expect(202);
  return answer.body.jobId;
}

const isFinal = ({ status }: JobBody) => ['completed', 'failed', 'cancelled'].includes(status);

async function done(api: TestApi, body: object): Promise<JobBody> {
  return api.jobOnce(await accepted(api, body), isFinal);
}

async function statusesOf({ queue }: TestApi, ids: readonly string[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const job of await Promise.all(ids.map((id) => queue.find(id)))) {
    const status = job?.status ?? 'gone';
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

describe('POST /api/bulk', () => {
  it('answers 202 with the job that does it', async () => {
    const api = await start();
    const { body, headers } = await bulk(api, { action: 'cancel', filter: { tag: 'a' } }).expect(202);
    expect(body).toEqual({
      message: 'Job accepted',
      jobId: expect.stringMatching(/^bulk_operation_/),
      status: 'pending',
    });
    expect(headers.location).toBe(`/api/jobs/${body.jobId}`);
    const job = await api.http.get(`/api/jobs/${body.jobId}`).expect(200);
    expect(job.body.payload).toMatchObject({ action: 'cancel', filter: { tag: 'a' } });
    expect(job.body.payload.types).toContain('coercing');
    expect(job.body.payload.types).not.toContain('bulk_operation');
  });

  it('is one operation for an Idempotency-Key', async () => {
    const api = await start();
    const send = () => bulk(api, { action: 'cancel', filter: { tag: 'a' } }).set('Idempotency-Key', 'once');
    const [first, again] = [await send().expect(202), await send().expect(202)];
    expect(again.body).toMatchObject({ jobId: first.body.jobId, reused: 'idempotency_key' });
    expect(again.headers['idempotency-replayed']).toBe('true');
  });

  it('cancels all that is unfinished and matches, and nothing else', async () => {
    const api = await start();
    await api.startWorker();
    const waiting = await submit(api, 50, {
      type: 'coercing',
      payload: { on: 'yes' },
      options: { tags: ['a'] },
    });
    const later = await submit(api, 200, scheduled('a', 'b'));
    const tree = await submit(api, 10, {
      ...scheduled('a'),
      options: { tags: ['a'] },
      children: [scheduled()],
    });
    const others = await submit(api, 20, scheduled('b'));
    const job = await done(api, { action: 'cancel', filter: { tag: 'a' } });
    expect(job.error).toBeUndefined();
    expect(job.result).toEqual({ matched: 260, changed: 260, skipped: 0, failed: 0, errors: [] });
    expect(job.progress).toMatchObject({ message: '260 of 260; 260 changed' });
    expect(await statusesOf(api, [...waiting, ...later, ...tree])).toEqual({ cancelled: 260 });
    expect(await statusesOf(api, others)).toEqual({ scheduled: 20 });
  });

  it('sends back what failed with a code, once, and keeps its ids', async () => {
    const api = await start({ LANES: 'short,long' });
    await api.startWorker();
    const failing = {
      type: 'shared',
      payload: { folder: '/nowhere', fails: true },
      options: { cache: false },
    };
    const ids = await submit(api, 150, failing);
    await Promise.all(ids.map((id) => api.jobOnce(id, isFinal)));
    const [cancelled = ''] = await submit(api, 1);
    await api.queue.changes.cancel(cancelled);
    const job = await done(api, { action: 'retry', filter: { error: 'as_asked' } });
    expect(job.result).toMatchObject({ matched: 150, changed: 150 });
    const again = await Promise.all(
      ids.map((id) => api.jobOnce(id, (each) => isFinal(each) && each.attempts.made === 2)),
    );
    expect(again.map(({ status }) => status)).toEqual(ids.map(() => 'failed'));
    expect(await statusesOf(api, [cancelled])).toEqual({ cancelled: 1 });
  });

  it('deletes what is finished, and its files', async () => {
    const api = await start({ LANES: 'short,long' });
    await api.startWorker();
    const ids = await submit(api, 150, { type: 'coercing', payload: { on: 'yes' } });
    const compressed = await api.run('file_processing', {
      source: { dataUri: 'data:text/plain,hello%20hello' },
      operations: [{ operation: 'gzip' }],
    });
    const [output] = (compressed.result as { outputs: { downloadUrl: string }[] }).outputs;
    const url = output?.downloadUrl ?? '';
    await api.http.get(url).expect(200);
    await Promise.all(ids.map((id) => api.jobOnce(id, isFinal)));
    const kept = await submit(api, 5);
    const { body } = await bulk(api, { action: 'delete', filter: { all: true } }, '?dryRun=true').expect(200);
    expect(body).toMatchObject({ matched: 151, complete: true });
    const job = await done(api, { action: 'delete', filter: { all: true } });
    expect(job.result).toMatchObject({ matched: 151, changed: 151 });
    expect(await statusesOf(api, [...ids, ...kept])).toEqual({ gone: 150, scheduled: 5 });
    await api.http.get(`/api/jobs/${ids[0]}`).expect(410);
    expect((await api.http.get(url)).status).not.toBe(200);
  });

  it('keeps to the time range and the status that it is given', async () => {
    const api = await start();
    await api.startWorker();
    const [early = ''] = await submit(api, 10);
    const { createdAt: from } = await api.queue.get(early);
    const ids = await submit(api, 10, { ...scheduled(), options: {} });
    const { createdAt: until } = await api.queue.get((await submit(api, 1))[0] ?? '');
    await submit(api, 10, { ...scheduled(), options: {} });
    const filter = { status: 'pending', from, until: new Date(Date.parse(until) + 1).toISOString() };
    const job = await done(api, { action: 'cancel', filter });
    expect(job.result).toMatchObject({ failed: 0 });
    expect(await statusesOf(api, ids)).toEqual({ cancelled: 10 });
    expect(await statusesOf(api, [early])).toEqual({ scheduled: 1 });
    const old = { all: undefined, until: '2020-01-01T00:00:00+02:00' };
    expect((await bulk(api, { action: 'delete', filter: old }, '?dryRun=true')).body.matched).toBe(0);
    const { body } = await bulk(api, { action: 'retry', filter: { status: 'cancelled' } }, '?dryRun=true');
    expect(body.matched).toBeGreaterThanOrEqual(10);
  });

  it('leaves alone what arrives after it was asked for', async () => {
    const api = await start();
    const early = await submit(api, 20);
    const operation = await accepted(api, { action: 'cancel', filter: { type: 'coercing' } });
    const late = await submit(api, 20);
    await api.startWorker();
    const job = await api.jobOnce(operation, isFinal);
    expect(job.result).toMatchObject({ matched: 20, changed: 20 });
    expect(await statusesOf(api, early)).toEqual({ cancelled: 20 });
    expect(await statusesOf(api, late)).toEqual({ scheduled: 20 });
  });

  it('can be cancelled half way: what is done is done, the rest stays', async () => {
    const api = await start();
    await api.startWorker();
    const ids = await submit(api, 3_000);
    const operation = await accepted(api, { action: 'cancel', filter: { type: 'coercing' } });
    await api.jobOnce(operation, ({ progress }) => progress !== undefined);
    await api.http.post(`/api/jobs/${operation}/cancel`);
    const job = await api.jobOnce(operation, isFinal);
    expect(job.status).toBe('cancelled');
    // The last few were under way.
    const { cancelled, scheduled: left } = await until(async () => {
      const counts = await statusesOf(api, ids);
      return Object.keys(counts).length === 2 && counts;
    });
    expect(cancelled).toBeGreaterThan(0);
    expect(left).toBeGreaterThan(0);
  }, 60_000);

  it('is finished by another worker when its own stops half way', async () => {
    const api = await start({ SHUTDOWN_GRACE_MS: '0' });
    const worker = await api.startWorker();
    const ids = await submit(api, 3_000);
    const operation = await accepted(api, { action: 'cancel', filter: { type: 'coercing' } });
    await api.jobOnce(operation, ({ progress }) => progress !== undefined);
    await worker.stop();
    expect((await statusesOf(api, ids)).scheduled).toBeGreaterThan(0);
    await api.startWorker();
    const job = await api.jobOnce(operation, isFinal);
    expect(job).toMatchObject({ status: 'completed', result: { failed: 0 } });
    expect(await statusesOf(api, ids)).toEqual({ cancelled: 3_000 });
  }, 60_000);

  describe('with dryRun=true', () => {
    it('says how many match now, and names a few; nothing is changed', async () => {
      const api = await start();
      const ids = await submit(api, 30, scheduled('a'));
      await submit(api, 5, scheduled('b'));
      const { body } = await bulk(api, { action: 'cancel', filter: { tag: 'a' } }, '?dryRun=true').expect(
        200,
      );
      expect(body).toMatchObject({
        valid: true,
        action: 'cancel',
        statuses: ['blocked', 'scheduled', 'retrying', 'pending', 'processing'],
        matched: 30,
        complete: true,
      });
      expect(body.examples).toHaveLength(10);
      expect(ids).toEqual(expect.arrayContaining(body.examples));
      expect(await statusesOf(api, ids)).toEqual({ scheduled: 30 });
    });

    it('stops counting where it becomes too many, and says so', async () => {
      const api = await start({ BATCH_ITEMS_MAX: '20000' });
      await submit(api, 10_600);
      const { body } = await bulk(api, { action: 'cancel', filter: { all: true } }, '?dryRun=true').expect(
        200,
      );
      expect(body.complete).toBe(false);
      expect(body.matched).toBeGreaterThanOrEqual(9_000);
    }, 60_000);
  });

  describe('what it refuses', () => {
    let api: TestApi;
    beforeAll(async () => {
      api = await startApi(settings);
    });
    afterAll(() => api.close());

    it.each([
      ['no filter', { action: 'cancel' }, '/filter'],
      ['a filter that names nothing', { action: 'cancel', filter: {} }, '/filter'],
      ['everything and something', { action: 'cancel', filter: { all: true, tag: 'a' } }, '/filter/all'],
      ['everything as false', { action: 'cancel', filter: { all: false } }, '/filter/all'],
      ['an unknown action', { action: 'remove', filter: { all: true } }, '/action'],
      ['an unknown member', { action: 'cancel', filter: { tags: 'a' } }, '/filter/tags'],
      ['an unknown type', { action: 'cancel', filter: { type: 'coersing' } }, '/filter/type'],
      [
        'cancelling what is finished',
        { action: 'cancel', filter: { status: 'completed' } },
        '/filter/status',
      ],
      ['retrying what is done', { action: 'retry', filter: { status: 'completed' } }, '/filter/status'],
      ['deleting what runs', { action: 'delete', filter: { status: 'processing' } }, '/filter/status'],
      ['cancelling by error', { action: 'cancel', filter: { error: 'as_asked' } }, '/filter/error'],
      [
        'an error of what has none',
        { action: 'delete', filter: { status: 'completed', error: 'as_asked' } },
        '/filter/error',
      ],
      [
        'a time range that is none',
        {
          action: 'delete',
          filter: { from: '2026-01-02T00:00:00Z', until: '2026-01-01T00:00:00Z' },
        },
        '/filter/until',
      ],
    ])('answers 422 to %s', async (_, body, pointer) => {
      const answer = await bulk(api, body).expect(422);
      expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
      await bulk(api, body, '?dryRun=true').expect(422);
    });

    it('answers 422 to dryRun=maybe, and to the type as a job of a client', async () => {
      await bulk(api, { action: 'cancel', filter: { all: true } }, '?dryRun=maybe').expect(422);
      await api.http
        .post('/api/jobs')
        .send({ type: 'bulk_operation', payload: { action: 'cancel', filter: { all: true } } })
        .expect(422);
    });
  });
});
