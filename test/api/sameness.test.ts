import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JobBody, startApi, type TestApi } from '../support/api.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let api: TestApi;
let second: TestApi;
beforeAll(async () => {
  api = await startApi({ JOB_TYPES: 'test/support/job-types' });
  second = await startApi({
    JOB_TYPES: 'test/support/job-types',
    REDIS_PREFIX: api.config.redisPrefix,
    DATA_DIR: api.config.dataDir,
  });
  await api.startWorker();
});
afterAll(async () => {
  await second.close();
  await api.close();
});

const post = (body: object, headers: Record<string, string> = {}, to = api) =>
  to.http.post('/api/jobs').set(headers).send(body).expect(202);
const ended = ({ status }: JobBody) => ['completed', 'failed', 'cancelled'].includes(status);

/** A folder that counts the runs of a job. */
async function counted() {
  const folder = await temporaryFolder();
  writeFileSync(path.join(folder, 'count'), '');
  return {
    folder,
    open: () => writeFileSync(path.join(folder, 'gate'), ''),
    mend: () => writeFileSync(path.join(folder, 'works'), ''),
    runs: () => readFileSync(path.join(folder, 'runs'), 'utf8').trim().split('\n').length,
  };
}

describe('the same request', () => {
  it('is one job for one key, also when 100 arrive at once at two API servers', async () => {
    const body = { type: 'flaky', payload: { failures: 0 } };
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        post(body, { 'Idempotency-Key': 'one of many' }, index % 2 === 0 ? api : second),
      ),
    );
    expect(new Set(answers.map((answer) => answer.body.jobId)).size).toBe(1);
    expect(answers.filter((answer) => answer.body.reused === undefined).length).toBe(1);
    expect(answers.filter((answer) => answer.body.reused === 'idempotency_key').length).toBe(99);
    expect(answers.filter((answer) => answer.headers['idempotency-replayed'] === 'true').length).toBe(99);
  });

  it('is refused with another body, whoever had the key first', async () => {
    await post({ type: 'flaky', payload: { failures: 0 } }, { 'Idempotency-Key': 'twice' });
    const { body } = await second.http
      .post('/api/jobs')
      .set('Idempotency-Key', 'twice')
      .send({ type: 'flaky', payload: { failures: 1 } })
      .expect(422);
    expect(body.code).toBe('idempotency_key_reused');
  });

  it('belongs to the client that sent it', async () => {
    const body = { type: 'flaky', payload: { failures: 0 } };
    const key = { 'Idempotency-Key': 'of two clients' };
    const first = await post(body, { ...key, Authorization: 'Bearer ada' });
    const other = await post(body, { ...key, Authorization: 'Bearer emmy' });
    const again = await post(body, { ...key, Authorization: 'Bearer ada' });
    expect(other.body).toMatchObject({ message: 'Job accepted' });
    expect(other.body.jobId).not.toBe(first.body.jobId);
    expect(again.body).toMatchObject({ jobId: first.body.jobId, reused: 'idempotency_key' });
  });

  it('gives a tree the same jobs again', async () => {
    const body = {
      type: 'flaky',
      payload: { failures: 0 },
      children: [{ type: 'flaky', payload: { failures: 0 } }],
    };
    const first = await post(body, { 'Idempotency-Key': 'tree' });
    const parent = await api.jobOnce(first.body.jobId, ended);
    const again = await post(body, { 'Idempotency-Key': 'tree' });
    expect(again.body).toMatchObject({ jobId: parent.id, reused: 'idempotency_key', status: 'completed' });
  });
});

describe('the same work in flight', () => {
  it('is joined, at one server or two, however often and at once', async () => {
    const { folder, open, runs } = await counted();
    const body = { type: 'shared', payload: { folder, waits: true } };
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => post(body, {}, index % 2 === 0 ? api : second)),
    );
    const ids = new Set(answers.map((answer) => answer.body.jobId));
    expect(ids.size).toBe(1);
    expect(answers.filter((answer) => answer.body.reused === undefined).length).toBe(1);
    expect(answers.filter((answer) => answer.body.reused === 'joined').length).toBe(39);
    open();
    const job = await api.jobOnce([...ids][0] ?? '', ended);
    expect(job).toMatchObject({ status: 'completed', result: { jobId: job.id } });
    expect(runs()).toBe(1);
  });

  it('is not joined when it is being cancelled', async () => {
    const { folder, open } = await counted();
    const body = { type: 'shared', payload: { folder, waits: true, value: 'cancelled' } };
    const first = await post(body);
    await api.jobOnce(first.body.jobId, ({ status }) => status === 'processing');
    await api.queue.changes.cancel(first.body.jobId);
    const other = await post(body);
    expect(other.body.jobId).not.toBe(first.body.jobId);
    expect(other.body.reused).toBeUndefined();
    open();
    await api.jobOnce(other.body.jobId, ended);
  });
});

describe('the same work done before', () => {
  it('serves its result, whatever the order of keys and the spelling of numbers', async () => {
    const { folder, runs } = await counted();
    const first = await post({ type: 'shared', payload: { folder, value: { a: 1, b: [2.5, 'x'] } } });
    await api.jobOnce(first.body.jobId, ended);
    const spelled = await api.http
      .post('/api/jobs')
      .set('Content-Type', 'application/json')
      .send(
        `{"payload": {"value": {"b": [25e-1, "x"], "a": 1.0}, "folder": ${JSON.stringify(folder)}}, "type": "shared"}`,
      )
      .expect(202);
    expect(spelled.body).toEqual({
      message: 'The same work is done',
      jobId: first.body.jobId,
      status: 'completed',
      reused: 'cached',
    });
    expect(runs()).toBe(1);
  });

  it.each([
    ['a number and its digits as text', { value: 1 }, { value: '1' }],
    ['null and nothing', { value: null }, {}],
    ['the order of an array', { value: [1, 2] }, { value: [2, 1] }],
    ['false and absence', { waits: false }, {}],
  ])('tells apart %s', async (_, one, other) => {
    const folder = await temporaryFolder();
    const first = await post({ type: 'shared', payload: { folder, ...one } });
    await api.jobOnce(first.body.jobId, ended);
    const second = await post({ type: 'shared', payload: { folder, ...other } });
    expect(second.body.reused).toBeUndefined();
    expect(second.body.jobId).not.toBe(first.body.jobId);
  });

  it('goes by the content of files, not by their ids', async () => {
    const folder = await temporaryFolder();
    const upload = async (text: string) =>
      (await api.http.post('/api/files').set('Content-Type', 'text/plain').send(text).expect(201)).body.id;
    const [one, same, other] = [await upload('content'), await upload('content'), await upload('other')];
    const first = await post({ type: 'shared', payload: { folder, file: one } });
    await api.jobOnce(first.body.jobId, ended);
    expect((await post({ type: 'shared', payload: { folder, file: same } })).body).toMatchObject({
      jobId: first.body.jobId,
      reused: 'cached',
    });
    expect((await post({ type: 'shared', payload: { folder, file: other } })).body.reused).toBeUndefined();
  });

  it('is never a failure: the next one runs, and serves from then on', async () => {
    const { folder, mend, runs } = await counted();
    const body = { type: 'shared', payload: { folder, fails: true } };
    const failed = await post(body);
    expect(await api.jobOnce(failed.body.jobId, ended)).toMatchObject({ status: 'failed' });
    mend();
    const mended = await post(body);
    expect(mended.body.reused).toBeUndefined();
    expect(mended.body.jobId).not.toBe(failed.body.jobId);
    expect(await api.jobOnce(mended.body.jobId, ended)).toMatchObject({ status: 'completed' });
    expect((await post(body)).body).toMatchObject({ jobId: mended.body.jobId, reused: 'cached' });
    expect(runs()).toBe(2);
  });

  it.each([
    ['options.cache: false', { options: { cache: false } }, {}],
    ['Cache-Control: no-cache', {}, { 'Cache-Control': 'max-age=0, no-cache' }],
  ])('is declined by %s', async (_, more, headers) => {
    const { folder, runs } = await counted();
    const body = { type: 'shared', payload: { folder } };
    const first = await post(body);
    await api.jobOnce(first.body.jobId, ended);
    const declined = await post({ ...body, ...more }, headers as Record<string, string>);
    expect(declined.body.reused).toBeUndefined();
    await api.jobOnce(declined.body.jobId, ended);
    expect(runs()).toBe(2);
    expect((await post(body)).body).toMatchObject({ jobId: first.body.jobId, reused: 'cached' });
  });

  it('does not serve another client', async () => {
    const folder = await temporaryFolder();
    const body = { type: 'shared', payload: { folder } };
    const first = await post(body, { Authorization: 'Bearer ada' });
    await api.jobOnce(first.body.jobId, ended);
    expect((await post(body, { Authorization: 'Bearer emmy' })).body.reused).toBeUndefined();
    expect((await post(body, { Authorization: 'Bearer ada' })).body.reused).toBe('cached');
  });

  it('is work anew for a type that does not opt in', async () => {
    const body = { type: 'flaky', payload: { failures: 0 } };
    const first = await post(body);
    await api.jobOnce(first.body.jobId, ended);
    expect((await post(body)).body.reused).toBeUndefined();
  });
});
