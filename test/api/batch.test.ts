import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startApi, type TestApi } from '../support/api.js';
import { type Answer, answersTo, asLines, openBatch } from '../support/batch.js';
import { heapBytes } from '../support/heap.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ JOB_TYPES: 'test/support/job-types' });
});
afterAll(() => api.close());

const sum = (...numbers: unknown[]) => ({ type: 'calculation', payload: { operation: 'sum', numbers } });
const coercing = (on = 'yes') => ({ type: 'coercing', payload: { on } });
const json = { 'Content-Type': 'application/json' };
const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status);
const codes = (answers: readonly Answer[]) => answers.map(({ error }) => error?.code);

async function own(settings: Record<string, string>): Promise<TestApi> {
  const started = await startApi({ JOB_TYPES: 'test/support/job-types', ...settings });
  onTestFinished(() => started.close());
  return started;
}

describe('POST /api/jobs/batch', () => {
  describe.each([
    ['NDJSON', {}, asLines],
    ['a JSON array', json, (items: readonly unknown[]) => JSON.stringify(items, null, 2)],
  ])('of %s', (_, headers, written) => {
    it('answers each item in order; a bad one spoils no other', async () => {
      const answers = await answersTo(
        api,
        written([coercing(), sum('x', 'y'), { type: 'nope', payload: {} }, 42, null, coercing()]),
        headers,
      );
      expect(statuses(answers)).toEqual([202, 422, 422, 422, 422, 202]);
      expect(answers.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
      expect(answers[0]).toEqual({
        index: 0,
        status: 202,
        message: 'Job accepted',
        jobId: expect.stringMatching(/^coercing_/),
        jobStatus: 'pending',
      });
      expect(answers[1]?.error).toMatchObject({
        code: 'validation_failed',
        status: 422,
        errors: [{ pointer: '/payload/numbers/0' }, { pointer: '/payload/numbers/1' }],
      });
      const { body } = await api.http.get(`/api/jobs/${answers[5]?.jobId}`).expect(200);
      expect(body).toMatchObject({ type: 'coercing', payload: { on: 'yes' }, status: 'pending' });
    });

    it('takes an empty one', async () => {
      expect(await answersTo(api, written([]), headers)).toEqual([]);
    });

    it('inflates a gzip body', async () => {
      const body = gzipSync(written([sum(1), sum(2)]));
      const answers = await answersTo(api, body, { ...headers, 'Content-Encoding': 'gzip' });
      expect(statuses(answers)).toEqual([202, 202]);
    });

    it('answers what would happen with dryRun=true, and stores nothing', async () => {
      const answers = await answersTo(
        api,
        written([coercing(), { ...coercing(), options: { delayMs: 1_000 } }, { type: 'coercing' }]),
        headers,
        '/api/jobs/batch?dryRun=true',
      );
      expect(statuses(answers)).toEqual([200, 200, 422]);
      expect(answers[0]?.dryRun).toMatchObject({ valid: true, payload: { on: true, times: 1 } });
      expect(answers[1]?.dryRun?.status).toBe('scheduled');
    });

    it('takes delayed jobs and trees', async () => {
      const answers = await answersTo(
        api,
        written([
          { ...coercing(), options: { delayMs: 60_000 } },
          { ...coercing(), children: [coercing(), coercing()] },
        ]),
        headers,
      );
      expect(answers.map(({ jobStatus }) => jobStatus)).toEqual(['scheduled', 'blocked']);
    });

    it('refuses items beyond the limit, with one last answer that states it', async () => {
      const small = await own({ BATCH_ITEMS_MAX: '3' });
      const answers = await answersTo(small, written(Array.from({ length: 5 }, () => sum(1))), headers);
      expect(statuses(answers)).toEqual([202, 202, 202, 413]);
      expect(answers[3]?.error).toMatchObject({
        code: 'too_many_items',
        detail: expect.stringMatching(/ 3 /),
      });
    });

    it('refuses an item that is too large, and none besides', async () => {
      const small = await own({ BODY_BYTES_MAX: '1024' });
      const large = { type: 'coercing', payload: { on: 'x'.repeat(100_000) } };
      const answers = await answersTo(small, written([coercing(), large, coercing()]), headers);
      expect(statuses(answers)).toEqual([202, 413, 202]);
      expect(answers[1]?.error?.detail).toContain('1024 bytes');
    });

    it('refuses an item that is nested too deeply, and none besides', async () => {
      const deep = JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`);
      const answers = await answersTo(api, written([coercing(), deep, coercing()]), headers);
      expect(codes(answers)).toEqual([undefined, 'json_too_deep', undefined]);
    });

    it('ends at the limit for the whole body, however it is compressed', async () => {
      const small = await own({ BATCH_BYTES_MAX: '20000', BODY_BYTES_MAX: '1024' });
      const body = gzipSync(written(Array.from({ length: 10_000 }, () => coercing())));
      const answers = await answersTo(small, body, { ...headers, 'Content-Encoding': 'gzip' });
      expect(answers.length).toBeGreaterThan(10);
      expect(answers.length).toBeLessThan(1_000);
      expect(codes(answers.slice(-2))).toEqual([undefined, 'payload_too_large']);
      expect(answers.at(-1)?.error?.detail).toContain('20000 bytes');
    });

    it('refuses at once what says that it is larger', async () => {
      const small = await own({ BATCH_BYTES_MAX: '2000' });
      const { body } = await small.http
        .post('/api/jobs/batch')
        .set({ 'Content-Type': 'application/x-ndjson', ...headers })
        .send(written(Array.from({ length: 100 }, () => coercing())))
        .expect(413);
      expect(body.code).toBe('payload_too_large');
    });
  });

  describe('that breaks', () => {
    it('goes on behind a line that is not JSON, or not UTF-8, and passes empty ones over', async () => {
      const answers = await answersTo(
        api,
        Buffer.concat([
          Buffer.from(`\uFEFF${JSON.stringify(coercing())}\r\n\n  \n{"type": \n`),
          Buffer.from([0xc3, 0x28, 0x0a]),
          Buffer.from(JSON.stringify(coercing())),
        ]),
      );
      expect(codes(answers)).toEqual([undefined, 'invalid_json', 'invalid_encoding', undefined]);
      expect(answers[1]?.error?.detail).toMatch(/line 4, column 10/);
    });

    it('ends where the array is not JSON, and says where', async () => {
      const [first, second] = [coercing(), coercing()].map((item) => JSON.stringify(item));
      const answers = await answersTo(api, `[${first},\n  {"type": coercing},\n ${second}]`, json);
      expect(codes(answers)).toEqual([undefined, 'invalid_json']);
      expect(answers[1]).toMatchObject({ index: 1, status: 400 });
      expect(answers[1]?.error?.detail).toBe('Unexpected "c" at line 2, column 12.');
    });

    it.each([
      ['an array that is not closed', (item: string) => `[${item}, ${item}`, [202, 202, 400]],
      ['text behind the array', (item: string) => `[${item}] ${item}`, [202, 400]],
      ['a comma too many', (item: string) => `[${item},]`, [202, 400]],
      ['a comma too few', (item: string) => `[${item} ${item}]`, [202, 400]],
    ])('says so of %s', async (_, written, expected) => {
      expect(statuses(await answersTo(api, written(JSON.stringify(coercing())), json))).toEqual(expected);
    });

    it.each([
      ['nothing', '', 400, 'invalid_body'],
      ['an object', '{"type":"coercing","payload":{"on":"yes"}}', 422, 'validation_failed'],
      ['no JSON', 'x', 400, 'invalid_json'],
      ['an array that begins wrongly', '[{"type" "coercing"}]', 400, 'invalid_json'],
    ])('answers %s as a whole', async (_, body, status, code) => {
      const response = await api.http.post('/api/jobs/batch').set(json).send(body).expect(status);
      expect(response.body.code).toBe(code);
    });

    it('answers 400 to what is not what its Content-Encoding says', async () => {
      const { body } = await api.http
        .post('/api/jobs/batch')
        .set({ ...json, 'Content-Encoding': 'gzip' })
        .send('[]')
        .expect(400);
      expect(body.code).toBe('invalid_request');
    });
  });

  it.each(['text/plain', 'application/json; charset=latin1'])('answers 415 to %s', async (contentType) => {
    const { headers } = await api.http
      .post('/api/jobs/batch')
      .set('Content-Type', contentType)
      .send('[]')
      .expect(415);
    expect(headers['accept-post']).toContain('application/x-ndjson');
  });

  it('answers 422 to dryRun=maybe', async () => {
    await api.http.post('/api/jobs/batch?dryRun=maybe').send([]).expect(422);
  });

  describe('with keys', () => {
    it('refuses the header and names the member', async () => {
      const { body } = await api.http
        .post('/api/jobs/batch')
        .set('Idempotency-Key', 'k')
        .send([])
        .expect(422);
      expect(body.errors[0]).toMatchObject({ pointer: 'Idempotency-Key' });
      expect(body.detail).toContain('idempotencyKey');
    });

    it('makes one job for a key, within a batch, in the next, and as a single request', async () => {
      const item = { ...coercing(), idempotencyKey: 'key-of-an-item' };
      const [first, again, other] = await answersTo(
        api,
        asLines([item, item, { ...item, payload: { on: 'no' } }]),
      );
      expect(first?.reused).toBeUndefined();
      expect(again).toMatchObject({ status: 202, jobId: first?.jobId, reused: 'idempotency_key' });
      expect(other?.error?.code).toBe('idempotency_key_reused');
      const [later] = await answersTo(api, asLines([item]));
      expect(later).toMatchObject({ jobId: first?.jobId, reused: 'idempotency_key' });
      const single = await api.http
        .post('/api/jobs')
        .set('Idempotency-Key', 'key-of-an-item')
        .send(coercing())
        .expect(202);
      expect(single.body.jobId).toBe(first?.jobId);
    });

    it('keeps the children of a tree that is sent again', async () => {
      const item = { ...coercing(), children: [coercing()], idempotencyKey: 'key-of-a-tree' };
      const [first, again] = await answersTo(api, asLines([item, item]));
      expect(again).toMatchObject({ jobId: first?.jobId, jobStatus: 'blocked' });
    });

    it('says what is wrong with a key beside what is wrong with the item', async () => {
      const [answer] = await answersTo(api, asLines([{ type: 'coercing', payload: {}, idempotencyKey: '' }]));
      expect(answer?.error?.errors?.map(({ pointer }) => pointer)).toEqual([
        '/idempotencyKey',
        '/payload/on',
      ]);
    });
  });

  it('joins identical items where their type does, and only there', async () => {
    const shared = (value: number) => ({ type: 'shared', payload: { folder: '/nowhere', value } });
    const answers = await answersTo(api, asLines([shared(7), shared(7), shared(8), coercing(), coercing()]));
    expect(answers.map(({ reused }) => reused)).toEqual([
      undefined,
      'joined',
      undefined,
      undefined,
      undefined,
    ]);
    expect(answers[1]?.jobId).toBe(answers[0]?.jobId);
    expect(answers[3]?.jobId).not.toBe(answers[4]?.jobId);
    const [later] = await answersTo(api, asLines([shared(7)]));
    expect(later).toMatchObject({ jobId: answers[0]?.jobId, reused: 'joined', jobStatus: 'pending' });
  });

  it('answers an item before the next is sent', async () => {
    const batch = openBatch(api);
    await batch.send(asLines([coercing()]));
    const lines = batch.lines()[Symbol.asyncIterator]();
    expect(JSON.parse((await lines.next()).value)).toMatchObject({ index: 0, status: 202 });
    await batch.send(JSON.stringify(coercing()));
    batch.end();
    expect(JSON.parse((await lines.next()).value)).toMatchObject({ index: 1, status: 202 });
    expect((await lines.next()).done).toBe(true);
  });

  it('takes 10,000 jobs without holding them, and answers in order', async () => {
    const numbers = Array.from({ length: 800 }, (_, index) => index);
    const batch = openBatch(api);
    const before = heapBytes();
    let largest = 0;
    const sending = (async () => {
      for (let count = 0; count < 10_000; count++) await batch.send(asLines([sum(count, ...numbers)]));
      batch.end();
    })();
    let answered = 0;
    for await (const line of batch.lines()) {
      const { index, status }: Answer = JSON.parse(line);
      expect([index, status]).toEqual([answered, 202]);
      answered += 1;
      if (answered % 1_000 === 0) largest = Math.max(largest, heapBytes() - before);
    }
    await sending;
    expect(answered).toBe(10_000);
    // The batch has 32 MB.
    expect(largest).toBeLessThan(16_000_000);
    const { connection, keys } = api.queue.access;
    expect(await connection.zcard(keys.created('calculation'))).toBeGreaterThanOrEqual(10_000);
  }, 120_000);
});
