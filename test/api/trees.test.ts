import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JobBody, startApi, type TestApi } from '../support/api.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ JOB_TYPES: 'test/support/job-types', TREE_DEPTH_MAX: '4', TREE_JOBS_MAX: '20' });
  await api.startWorker();
});
afterAll(() => api.close());

const ended = ({ status }: JobBody) => ['completed', 'failed', 'cancelled'].includes(status);
const post = async (body: object): Promise<string> =>
  (await api.http.post('/api/jobs').send(body).expect(202)).body.jobId;
const read = async (id: string): Promise<JobBody> => (await api.http.get(`/api/jobs/${id}`).expect(200)).body;

const fine = { type: 'flaky', payload: { failures: 0 } };
const failing = { type: 'misbehaving', payload: { deed: 'declared' } };
const gathering = (children: object[], more: object = {}) => ({
  type: 'gathering',
  payload: {},
  children,
  ...more,
});

interface Gathered {
  children: { jobId: string; type: string; status: string; result?: unknown; error?: object }[];
}

describe('a job with children', () => {
  it('runs after them and sees their results, in the order of the request', async () => {
    const folder = await temporaryFolder();
    const { body } = await api.http
      .post('/api/jobs')
      .send(gathering([{ type: 'gated', payload: { folder } }, fine]))
      .expect(202);
    expect(body.status).toBe('blocked');
    const blocked = await read(body.jobId);
    expect(blocked).toMatchObject({ status: 'blocked', children: [expect.any(String), expect.any(String)] });
    const [gated = '', other = ''] = blocked.children as string[];
    expect(await read(gated)).toMatchObject({ type: 'gated', parentId: body.jobId });
    await api.jobOnce(other, ended);
    expect((await read(body.jobId)).status).toBe('blocked');
    writeFileSync(path.join(folder, 'gate'), '');
    const job = await api.jobOnce(body.jobId, ended);
    expect(job).toMatchObject({ status: 'completed', attempts: { made: 1 } });
    expect((job.result as Gathered).children).toEqual([
      { jobId: gated, type: 'gated', status: 'completed', result: { pid: process.pid } },
      { jobId: other, type: 'flaky', status: 'completed', result: { attempt: 1 } },
    ]);
  });

  it('may be a child itself, to any depth up to the limit', async () => {
    const id = await post(gathering([gathering([gathering([fine])]), gathering([fine])]));
    const job = await api.jobOnce(id, ended);
    const [first, second] = (job.result as Gathered).children;
    expect(first).toMatchObject({ type: 'gathering', status: 'completed' });
    const leaf = { type: 'flaky', status: 'completed', result: { attempt: 1 } };
    expect(first).toMatchObject({
      result: { children: [{ type: 'gathering', result: { children: [leaf] } }] },
    });
    expect(second).toMatchObject({ result: { children: [leaf] } });
  });

  it('fails when a child fails, without having run', async () => {
    const id = await post(gathering([fine, failing]));
    const job = await api.jobOnce(id, ended);
    expect(job).toMatchObject({
      status: 'failed',
      attempts: { made: 0 },
      error: { code: 'child_failed', status: 424 },
    });
    expect(job.error?.detail).toContain((job.children as string[])[1]);
  });

  it('passes the failure of a grandchild on', async () => {
    const id = await post(gathering([gathering([failing])]));
    const job = await api.jobOnce(id, ended);
    expect(job.error?.code).toBe('child_failed');
  });

  it('tolerates a failed child where it is asked to, and sees its error', async () => {
    const id = await post(gathering([{ ...failing, options: { onFailure: 'continue' } }, fine]));
    const job = await api.jobOnce(id, ended);
    expect(job.status).toBe('completed');
    expect((job.result as Gathered).children).toMatchObject([
      { type: 'misbehaving', status: 'failed', error: { code: 'as_declared' } },
      { type: 'flaky', status: 'completed' },
    ]);
  });

  it('is cancelled with all of its children that have not finished', async () => {
    const folder = await temporaryFolder();
    const late = { ...fine, options: { delayMs: 3_600_000 } };
    const id = await post(gathering([{ type: 'gated', payload: { folder } }, gathering([late]), fine]));
    const [gated = '', inner = '', done = ''] = (await read(id)).children as string[];
    await api.jobOnce(gated, ({ status }) => status === 'processing');
    await api.jobOnce(done, ended);
    await api.queue.changes.cancel(id);
    expect((await read(id)).status).toBe('cancelled');
    expect((await read(inner)).status).toBe('cancelled');
    const [grandchild = ''] = (await read(inner)).children as string[];
    expect(await read(grandchild)).toMatchObject({
      status: 'cancelled',
      error: { code: 'cancelled', detail: expect.stringContaining(inner) },
    });
    expect((await api.jobOnce(gated, ended)).status).toBe('cancelled');
    expect((await read(done)).status).toBe('completed');
    expect((await read(id)).status).toBe('cancelled');
  });

  it('fails when a child is cancelled', async () => {
    const id = await post(gathering([{ ...fine, options: { delayMs: 3_600_000 } }]));
    const [child = ''] = (await read(id)).children as string[];
    await api.queue.changes.cancel(child);
    const job = await api.jobOnce(id, ended);
    expect(job).toMatchObject({ status: 'failed', error: { code: 'child_failed' } });
  });

  it('is retried together with the child that made it fail', async () => {
    const folder = await temporaryFolder();
    const child = { type: 'shared', payload: { folder, fails: true } };
    const id = await post(gathering([gathering([child, fine])]));
    const failed = await api.jobOnce(id, ended);
    expect(failed.error?.code).toBe('child_failed');
    writeFileSync(path.join(folder, 'works'), '');
    await api.queue.changes.retry(id, () => 1);
    const job = await api.jobOnce(id, ended);
    expect(job).toMatchObject({ id, status: 'completed', attempts: { made: 1 } });
    const [inner] = (job.result as Gathered).children;
    expect(inner).toMatchObject({
      result: {
        children: [
          { type: 'shared', status: 'completed' },
          { type: 'flaky', status: 'completed' },
        ],
      },
    });
  });

  it('keeps its priority and its fairness key among the jobs of its type', async () => {
    const id = await post(gathering([fine], { options: { priority: 'urgent', fairnessKey: 'ada' } }));
    expect(await api.jobOnce(id, ended)).toMatchObject({
      status: 'completed',
      priority: 'urgent',
      fairnessKey: 'ada',
    });
  });
});

describe('a tree that is wrong', () => {
  const refused = async (body: object): Promise<{ pointer: string; code: string; message: string }[]> =>
    (await api.http.post('/api/jobs').send(body).expect(422)).body.errors;

  it('is told every mistake of every child at once, and stores nothing', async () => {
    const errors = await refused(
      gathering(
        [
          { type: 'flaky', payload: { failurs: 1 } },
          { type: 'flakey', payload: {} },
          gathering([{ type: 'flaky', payload: null }]),
        ],
        { payload: { x: 1 } },
      ),
    );
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual([
      '/children/0/payload/failures',
      '/children/0/payload/failurs',
      '/children/1/type',
      '/children/2/children/0/payload',
      '/payload/x',
    ]);
    expect(errors.find(({ pointer }) => pointer === '/children/1/type')?.message).toContain('"flaky"');
  });

  it.each([
    [
      'too deep',
      gathering([gathering([gathering([gathering([fine])])])]),
      '/children/0/children/0/children/0/children/0',
      '4',
    ],
    ['too large', gathering(Array.from({ length: 20 }, () => fine)), '/children', '20'],
    ['of children that are no array', { ...fine, children: fine }, '/children', 'array'],
  ])('is refused when it is %s, and states the limit', async (_, body, pointer, limit) => {
    const errors = await refused(body);
    const error = errors.find((mistake) => mistake.pointer === pointer);
    expect(error?.message).toContain(limit);
  });

  it.each(['delayMs', 'runAt'])('is refused when the parent has %s', async (name) => {
    const value = name === 'delayMs' ? 1_000 : '2100-01-01T00:00:00Z';
    const errors = await refused(gathering([fine], { options: { [name]: value } }));
    expect(errors).toMatchObject([{ pointer: `/options/${name}` }]);
  });

  it('is refused when its root says what becomes of its parent', async () => {
    expect(await refused({ ...fine, options: { onFailure: 'continue' } })).toMatchObject([
      { pointer: '/options/onFailure' },
    ]);
  });
});
