import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type JobBody, startApi, type TestApi } from '../support/api.js';
import { photo } from '../support/images.js';
import { until } from '../support/processes.js';
import { openQueue } from '../support/queue.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const types = { JOB_TYPES: 'test/support/job-types' };
const sum = { type: 'calculation', payload: { operation: 'sum', numbers: [1] } };
const unknownId = 'calculation_01h455vb4pex5vsknk084sn02q';

/** With a worker. */
let api: TestApi;
/** Without. */
let idle: TestApi;
beforeAll(async () => {
  [api, idle] = await Promise.all([startApi(types), startApi(types)]);
  await api.startWorker();
});
afterAll(() => Promise.all([api.close(), idle.close()]));

async function apiForTest(settings: Record<string, string> = {}): Promise<TestApi> {
  const own = await startApi({ ...types, ...settings });
  onTestFinished(() => own.close());
  return own;
}

async function post({ http }: TestApi, body: object, options?: object): Promise<string> {
  const answer = await http.post('/api/jobs').send({ ...body, options: { cache: false, ...options } });
  expect(answer.body).toMatchObject({ jobId: expect.any(String) });
  return answer.body.jobId;
}

const read = async ({ http }: TestApi, id: string): Promise<JobBody> =>
  (await http.get(`/api/jobs/${id}`).expect(200)).body;

const cancel = ({ http }: TestApi, id: string) => http.post(`/api/jobs/${id}/cancel`);
const retry = ({ http }: TestApi, id: string) => http.post(`/api/jobs/${id}/retry`);
const promote = ({ http }: TestApi, id: string) => http.post(`/api/jobs/${id}/promote`);
const patch = ({ http }: TestApi, id: string, body: object) => http.patch(`/api/jobs/${id}`).send(body);
const remove = ({ http }: TestApi, id: string) => http.delete(`/api/jobs/${id}`);

/** Of a job that runs: it may have stopped before the answer is made. */
async function stop(of: TestApi, id: string): Promise<void> {
  const { status, body } = await cancel(of, id);
  expect([200, 202]).toContain(status);
  expect(body).toMatchObject(
    status === 200
      ? { id, status: 'cancelled', cancelledAt: expect.any(String) }
      : { id, status: 'processing', cancelRequestedAt: expect.any(String) },
  );
}

const hasStatus = (status: string) => (job: JobBody) => job.status === status;
const isFinal = ({ status }: JobBody) => ['completed', 'failed', 'cancelled'].includes(status);

/** A folder in which jobs of type `shared` note that they ran. */
async function countingFolder() {
  const folder = await temporaryFolder();
  writeFileSync(join(folder, 'count'), '');
  const file = join(folder, 'runs');
  return {
    folder,
    /** The jobs that ran, in their order. */
    runs: () => (existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []),
    open: (gate: 'gate' | 'works') => writeFileSync(join(folder, gate), ''),
  };
}

describe('POST /api/jobs/:id/cancel', () => {
  it.each([
    ['pending', {}],
    ['scheduled', { delayMs: 3_600_000 }],
  ])('ends a job that is %s at once', async (status, options) => {
    const id = await post(idle, sum, options);
    expect(await read(idle, id)).toMatchObject({ status });
    const { body } = await cancel(idle, id).expect(200);
    expect(body).toMatchObject({
      id,
      status: 'cancelled',
      cancelledAt: expect.any(String),
      attempts: { made: 0, max: 3 },
      error: { code: 'cancelled', status: 409, instance: `/api/jobs/${id}` },
    });
    expect(body.startedAt).toBeUndefined();
    expect(body.scheduledFor).toBeUndefined();
    expect(await read(idle, id)).toEqual(body);
  });

  it('keeps a job that waited from ever running', async () => {
    const own = await apiForTest();
    const { folder, runs } = await countingFolder();
    const waiting = { type: 'shared', payload: { folder } };
    const cancelled = [await post(own, waiting), await post(own, waiting, { delayMs: 1 })];
    for (const id of cancelled) await cancel(own, id).expect(200);
    await own.startWorker();
    const { id } = await own.run('shared', { folder });
    expect(runs()).toEqual([id]);
    for (const other of cancelled) expect(await read(own, other)).toMatchObject({ status: 'cancelled' });
  });

  it('ends a job that waits out a backoff, and keeps count of its attempts', async () => {
    const id = await post(
      api,
      { type: 'flaky', payload: { failures: 1 } },
      { backoff: { initialMs: 600_000 } },
    );
    await api.jobOnce(id, hasStatus('retrying'));
    const { body } = await cancel(api, id).expect(200);
    expect(body).toMatchObject({ status: 'cancelled', attempts: { made: 1 }, error: { code: 'cancelled' } });
  });

  it('ends a job that waits for its children, and the children, to any depth', async () => {
    const own = await apiForTest();
    const { folder, runs } = await countingFolder();
    const leaf = { type: 'shared', payload: { folder } };
    const tolerated = { ...leaf, children: [leaf], options: { onFailure: 'continue' } };
    const root = await post(own, { ...leaf, children: [tolerated, leaf] });
    const { children = [] } = (await read(own, root)) as { children?: string[] };
    const [inner = '', outer = ''] = children;
    const [innermost = ''] = (await read(own, inner)).children as string[];
    expect((await cancel(own, root).expect(200)).body.error.detail).toBe('A client cancelled the job.');
    for (const id of [root, inner, outer, innermost])
      expect(await read(own, id)).toMatchObject({ status: 'cancelled', attempts: { made: 0 } });
    expect((await read(own, outer)).error?.detail).toContain(root);
    await own.startWorker();
    await own.run('shared', { folder });
    expect(runs()).toHaveLength(1);
  });

  it('stops a child that runs when its parent is cancelled', async () => {
    const folder = await temporaryFolder();
    const id = await post(api, { ...sum, children: [{ type: 'gated', payload: { folder } }] });
    const [child = ''] = (await read(api, id)).children as string[];
    await api.jobOnce(child, hasStatus('processing'));
    expect((await cancel(api, id).expect(200)).body.status).toBe('cancelled');
    await api.jobOnce(child, hasStatus('cancelled'));
    expect(await read(api, id)).toMatchObject({ status: 'cancelled' });
  });

  it.each([
    ['fail', { status: 'failed', error: { code: 'child_failed' } }],
    ['continue', { status: 'completed' }],
  ])('of a child whose onFailure is %s leaves its parent accordingly', async (onFailure, expected) => {
    const folder = await temporaryFolder();
    const child = { type: 'gated', payload: { folder }, options: { onFailure } };
    const id = await post(api, { ...sum, children: [child] });
    const [childId = ''] = (await read(api, id)).children as string[];
    await api.jobOnce(childId, hasStatus('processing'));
    await stop(api, childId);
    expect(await api.jobOnce(id, isFinal)).toMatchObject(expected);
    expect(await read(api, childId)).toMatchObject({ status: 'cancelled' });
  });

  it.each(['obey the signal', 'ignore the signal'])(
    'stops a job that runs, within a second, also one that would %s',
    async (deed) => {
      const id = await post(api, { type: 'misbehaving', payload: { deed } }, { timeoutMs: 60_000 });
      await api.jobOnce(id, ({ status, progress }) => status === 'processing' && progress !== undefined);
      const askedMs = performance.now();
      await stop(api, id);
      const job = await api.jobOnce(id, isFinal);
      expect(performance.now() - askedMs).toBeLessThan(2_000);
      expect(job).toMatchObject({
        status: 'cancelled',
        attempts: { made: 1, max: 2 },
        error: { code: 'cancelled' },
        cancelledAt: expect.any(String),
      });
      expect(job.cancelRequestedAt).toBeUndefined();
      // Its worker is free again.
      expect((await api.run('misbehaving', { deed: 'none' })).status).toBe('completed');
    },
  );

  it.runIf(existsSync('/proc/thread-self'))('ends the thread of a job that runs in one', async () => {
    const folder = await temporaryFolder();
    const id = await post(api, { type: 'spinning', payload: { ms: 120_000, folder } });
    const thread = await until(() => {
      const file = join(folder, 'thread');
      return existsSync(file) && (readFileSync(file, 'utf8') || undefined);
    });
    expect(existsSync(`/proc/self/task/${thread}`)).toBe(true);
    await stop(api, id);
    expect(await api.jobOnce(id, isFinal)).toMatchObject({ status: 'cancelled' });
    await until(() => !existsSync(`/proc/self/task/${thread}`));
    expect((await api.run('spinning', { ms: 1 })).status).toBe('completed');
  });

  it('answers 202 while the worker has not heard of it, and ends the job at once when that is lost', async () => {
    const id = await post(idle, { type: 'flaky', payload: { failures: 0 } });
    const { access } = idle.queue;
    const { take, close } = await openQueue('flaky', access.prefix);
    onTestFinished(close);
    expect(await take()).toBe(id);
    const { body } = await cancel(idle, id).expect(202);
    expect(body).toMatchObject({ status: 'processing', cancelRequestedAt: expect.any(String) });
    expect((await cancel(idle, id).expect(202)).body.cancelRequestedAt).toBe(body.cancelRequestedAt);
    await access.connection.del(`${access.prefix}:flaky:${id}:lock`);
    expect((await cancel(idle, id).expect(200)).body).toMatchObject({
      status: 'cancelled',
      attempts: { made: 0 },
      error: { code: 'cancelled' },
    });
  });

  it('can be asked twice of a job that runs', async () => {
    const folder = await temporaryFolder();
    const id = await post(api, { type: 'gated', payload: { folder } });
    await api.jobOnce(id, hasStatus('processing'));
    await stop(api, id);
    expect([200, 202, 409]).toContain((await cancel(api, id)).status);
    await api.jobOnce(id, hasStatus('cancelled'));
    await cancel(api, id).expect(409);
  });

  it('answers 409 for a job that has ended, and says how', async () => {
    const completed = (await api.run(sum.type, sum.payload)).id;
    const failed = (await api.run('misbehaving', { deed: 'declared' })).id;
    const cancelled = await post(api, sum, { delayMs: 60_000 });
    await cancel(api, cancelled).expect(200);
    for (const [id, how] of Object.entries({ completed, failed, cancelled }).map(([how, id]) => [id, how])) {
      const { body } = await cancel(api, id ?? '').expect(409);
      expect(body).toMatchObject({ code: 'job_not_cancellable', detail: expect.stringContaining(how ?? '') });
    }
  });

  it('is done once by many who ask at once, of two servers', async () => {
    const own = await apiForTest();
    const other = await apiForTest({ REDIS_PREFIX: own.config.redisPrefix });
    const id = await post(own, sum);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => cancel(index % 2 === 0 ? own : other, id)),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(new Set(statuses)).toEqual(new Set([200, 409]));
    expect(await read(own, id)).toMatchObject({ status: 'cancelled', attempts: { made: 0 } });
  });

  it('loses no job and contradicts nobody while workers take what is being cancelled', async () => {
    const { folder, runs } = await countingFolder();
    const ids = await Promise.all(
      Array.from({ length: 150 }, () => post(api, { type: 'shared', payload: { folder } })),
    );
    const answers = await Promise.all(ids.map((id) => cancel(api, id)));
    for (const [index, id] of ids.entries()) {
      const job = await api.jobOnce(id, isFinal);
      const { status } = answers[index] ?? {};
      // What was under way when it was cancelled may have been stopped or not.
      if (status === 200) expect(job.status).toBe('cancelled');
      else if (status === 409) expect(job.status).toBe('completed');
      else expect(status).toBe(202);
      expect({ id, ran: runs().includes(id) }).toEqual({ id, ran: job.attempts.made === 1 });
    }
  });

  it('ignores a body', async () => {
    const id = await post(idle, sum);
    await cancel(idle, id).set('Content-Type', 'text/plain').send('why not').expect(200);
  });
});

describe('POST /api/jobs/:id/retry', () => {
  it('runs a failed job again under its id, and counts its attempts on', async () => {
    const { id } = await api.run('flaky', { failures: 3 });
    expect(await read(api, id)).toMatchObject({ status: 'failed', attempts: { made: 3, max: 3 } });
    const { body, headers } = await retry(api, id).expect(202);
    expect(headers.location).toBe(`/api/jobs/${id}`);
    expect(body).toMatchObject({ id, attempts: { max: 6 } });
    const job = await api.jobOnce(id, isFinal);
    expect(job).toMatchObject({ status: 'completed', result: { attempt: 4 }, attempts: { made: 4, max: 6 } });
    for (const member of ['error', 'failedAt']) expect(job[member]).toBeUndefined();
    const listed = await api.http.get('/api/jobs?error=remote_error&type=flaky').expect(200);
    expect(listed.body.jobs.map((other: JobBody) => other.id)).not.toContain(id);
  });

  it('shows a job that waits again as it was before its first attempt, but for what it has behind it', async () => {
    const own = await apiForTest();
    const worker = await own.startWorker();
    const { id } = await own.run('misbehaving', { deed: 'declared' });
    await worker.stop();
    const { body } = await retry(own, id).expect(202);
    expect(body).toMatchObject({ status: 'pending', attempts: { made: 1, max: 3 } });
    for (const member of ['error', 'failedAt', 'startedAt', 'progress', 'processingTimeMs'])
      expect(body[member]).toBeUndefined();
  });

  it('runs a cancelled job', async () => {
    const id = await post(api, sum, { delayMs: 3_600_000 });
    await cancel(api, id).expect(200);
    await retry(api, id).expect(202);
    expect(await api.jobOnce(id, isFinal)).toMatchObject({
      status: 'completed',
      attempts: { made: 1, max: 3 },
    });
  });

  it('runs a job that was cancelled while it ran', async () => {
    const folder = await temporaryFolder();
    const id = await post(api, { type: 'gated', payload: { folder } });
    await api.jobOnce(id, hasStatus('processing'));
    await stop(api, id);
    await api.jobOnce(id, hasStatus('cancelled'));
    writeFileSync(join(folder, 'gate'), '');
    expect((await retry(api, id).expect(202)).body.cancelRequestedAt).toBeUndefined();
    expect(await api.jobOnce(id, isFinal)).toMatchObject({ status: 'completed', attempts: { made: 2 } });
  });

  it('lifts an expiry that has passed', async () => {
    const own = await apiForTest();
    const id = await post(own, sum, { expiresAt: new Date(Date.now() + 200).toISOString() });
    await own.jobOnce(id, hasStatus('failed'));
    const { body } = await retry(own, id).expect(202);
    expect(body.expiresAt).toBeUndefined();
    await own.startWorker();
    expect((await own.jobOnce(id, isFinal)).status).toBe('completed');
  });

  it('is done once by many who ask at once', async () => {
    const id = await post(idle, sum);
    await cancel(idle, id).expect(200);
    const answers = await Promise.all(Array.from({ length: 20 }, () => retry(idle, id)));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    for (const { status, body } of answers)
      if (status !== 202) expect(body).toMatchObject({ status: 409, code: 'job_not_retryable' });
    expect(await read(idle, id)).toMatchObject({ status: 'pending', attempts: { made: 0, max: 3 } });
  });

  it('of a parent runs the child first that it failed for', async () => {
    const { folder, runs, open } = await countingFolder();
    const child = { type: 'shared', payload: { folder, fails: true } };
    // A worker that has nothing to do would take the parent at once.
    for (let round = 0; round < 5; round++) {
      const id = await post(api, { type: 'shared', payload: { folder }, children: [child] });
      const failed = await api.jobOnce(id, isFinal);
      expect(failed).toMatchObject({
        status: 'failed',
        error: { code: 'child_failed' },
        attempts: { made: 0 },
      });
      const [childId = ''] = failed.children as string[];
      const before = runs().length;
      open('works');
      await retry(api, id).expect(202);
      expect(await api.jobOnce(id, isFinal)).toMatchObject({ status: 'completed', attempts: { made: 1 } });
      expect(await read(api, childId)).toMatchObject({ status: 'completed', attempts: { made: 2 } });
      expect(runs().slice(before)).toEqual([childId, id]);
      rmSync(join(folder, 'works'));
    }
  });

  it('of a child that is retried alone lets the parent wait for it', async () => {
    const { folder, open } = await countingFolder();
    const child = { type: 'shared', payload: { folder, fails: true } };
    const id = await post(api, { type: 'shared', payload: { folder }, children: [child] });
    const [childId = ''] = (await api.jobOnce(id, isFinal)).children as string[];
    open('works');
    await retry(api, childId).expect(202);
    await api.jobOnce(childId, hasStatus('completed'));
    expect(await read(api, id)).toMatchObject({ status: 'failed' });
    await retry(api, id).expect(202);
    expect(await api.jobOnce(id, isFinal)).toMatchObject({ status: 'completed' });
  });

  it('of a tree that was cancelled runs all of it', async () => {
    const own = await apiForTest();
    const { folder, runs } = await countingFolder();
    const leaf = { type: 'shared', payload: { folder } };
    const tolerated = { ...leaf, options: { onFailure: 'continue' } };
    const id = await post(own, { ...leaf, children: [tolerated, leaf] });
    await cancel(own, id).expect(200);
    const { body } = await retry(own, id).expect(202);
    expect(body.status).toBe('blocked');
    for (const child of body.children) expect(await read(own, child)).toMatchObject({ status: 'pending' });
    await own.startWorker();
    expect(await own.jobOnce(id, isFinal)).toMatchObject({ status: 'completed' });
    expect(runs()).toHaveLength(3);
    expect(runs()[2]).toBe(id);
  });

  it('of a tolerated child is refused while the parent goes on without it', async () => {
    const { folder, open } = await countingFolder();
    const child = { type: 'shared', payload: { folder, fails: true }, options: { onFailure: 'continue' } };
    const id = await post(api, { type: 'shared', payload: { folder, waits: true }, children: [child] });
    const { children } = await api.jobOnce(id, hasStatus('processing'));
    const [childId = ''] = children as string[];
    const { body } = await retry(api, childId).expect(409);
    expect(body).toMatchObject({ code: 'job_not_retryable', detail: expect.stringContaining(id) });
    open('gate');
    expect(await api.jobOnce(id, isFinal)).toMatchObject({ status: 'completed' });
    open('works');
    await retry(api, childId).expect(202);
    expect(await api.jobOnce(childId, isFinal)).toMatchObject({ status: 'completed' });
  });

  it('of a parent is refused where the child that it failed for is gone', async () => {
    const { folder } = await countingFolder();
    const child = { type: 'shared', payload: { folder, fails: true } };
    const id = await post(api, { type: 'shared', payload: { folder }, children: [child] });
    const [childId = ''] = (await api.jobOnce(id, isFinal)).children as string[];
    await remove(api, childId).expect(204);
    const { body } = await retry(api, id).expect(409);
    expect(body).toMatchObject({ code: 'job_not_retryable', detail: expect.stringContaining('child') });
    expect(await read(api, id)).toMatchObject({ status: 'failed' });
  });

  it('answers 409 for a job that is neither failed nor cancelled', async () => {
    const { id } = await api.run(sum.type, sum.payload);
    expect((await retry(api, id).expect(409)).body).toMatchObject({
      code: 'job_not_retryable',
      detail: expect.stringContaining('completed'),
    });
    expect((await retry(idle, await post(idle, sum)).expect(409)).body.code).toBe('job_not_retryable');
  });
});

describe('POST /api/jobs/:id/promote', () => {
  it('lets a scheduled job start now', async () => {
    const id = await post(idle, sum, { delayMs: 3_600_000 });
    const { body } = await promote(idle, id).expect(200);
    expect(body).toMatchObject({ id, status: 'pending' });
    expect(body.scheduledFor).toBeUndefined();
    const other = await post(api, sum, { runAt: new Date(Date.now() + 3_600_000).toISOString() });
    await promote(api, other).expect(200);
    expect(await api.jobOnce(other, isFinal)).toMatchObject({ status: 'completed' });
  });

  it('ends the wait for the next attempt', async () => {
    const id = await post(
      api,
      { type: 'flaky', payload: { failures: 1 } },
      { backoff: { initialMs: 600_000 } },
    );
    await api.jobOnce(id, hasStatus('retrying'));
    await promote(api, id).expect(200);
    expect(await api.jobOnce(id, isFinal)).toMatchObject({ status: 'completed', attempts: { made: 2 } });
  });

  it('is done once by many who ask at once, and none of them hears of trouble', async () => {
    const id = await post(idle, sum, { delayMs: 3_600_000 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => promote(idle, id)));
    for (const { status } of answers) expect([200, 409]).toContain(status);
    expect(await read(idle, id)).toMatchObject({ status: 'pending' });
  });

  it('answers 409 for a job that does not wait for its time', async () => {
    const { id } = await api.run(sum.type, sum.payload);
    expect((await promote(api, id).expect(409)).body.code).toBe('job_not_scheduled');
    const pending = await promote(idle, await post(idle, sum)).expect(409);
    expect(pending.body).toMatchObject({
      code: 'job_not_scheduled',
      detail: expect.stringContaining('pending'),
    });
  });
});

describe('PATCH /api/jobs/:id', () => {
  it('lets a job overtake others, and others overtake it', async () => {
    const own = await apiForTest({ WORKERS: '1' });
    const { folder, runs } = await countingFolder();
    const job = { type: 'shared', payload: { folder } };
    const [a, b, c, d] = [
      await post(own, job),
      await post(own, job),
      await post(own, job),
      await post(own, job),
    ];
    expect((await patch(own, c, { priority: 'urgent' }).expect(200)).body).toMatchObject({
      id: c,
      status: 'pending',
      priority: 'urgent',
    });
    await patch(own, a, { priority: 'low' }).expect(200);
    expect((await patch(own, b, { priority: 'normal' }).expect(200)).body.priority).toBe('normal');
    await own.startWorker();
    await own.jobOnce(a, isFinal);
    expect(runs()).toEqual([c, d, b, a]);
  });

  it('holds for jobs that wait for their time or their children, too', async () => {
    const scheduled = await post(idle, sum, { delayMs: 3_600_000 });
    const blocked = await post(idle, { ...sum, children: [sum] });
    for (const [id, status] of [
      [scheduled, 'scheduled'],
      [blocked, 'blocked'],
    ] as const)
      expect((await patch(idle, id, { priority: 'high' }).expect(200)).body).toMatchObject({
        status,
        priority: 'high',
      });
    await promote(idle, scheduled).expect(200);
    expect(await read(idle, scheduled)).toMatchObject({ status: 'pending', priority: 'high' });
  });

  it('answers 409 for a job that runs or has ended', async () => {
    const { id } = await api.run(sum.type, sum.payload);
    const { body } = await patch(api, id, { priority: 'high' }).expect(409);
    expect(body).toMatchObject({ code: 'job_not_waiting', detail: expect.stringContaining('completed') });
    const folder = await temporaryFolder();
    const running = await post(api, { type: 'gated', payload: { folder } });
    await api.jobOnce(running, hasStatus('processing'));
    await patch(api, running, { priority: 'high' }).expect(409);
    writeFileSync(join(folder, 'gate'), '');
    await api.jobOnce(running, hasStatus('completed'));
  });

  it.each([
    [{}, '/priority'],
    [{ priority: 'hgih' }, '/priority'],
    [{ priority: 1 }, '/priority'],
    [{ priority: 'high', status: 'completed' }, '/status'],
  ])('answers 422 to %j', async (changes, pointer) => {
    const id = await post(idle, sum);
    const { body } = await patch(idle, id, changes).expect(422);
    expect(body.errors.map((mistake: { pointer: string }) => mistake.pointer)).toEqual([pointer]);
    expect(await read(idle, id)).toMatchObject({ priority: 'normal' });
  });

  it('answers 400 to a body that is no JSON, and 415 to another media type', async () => {
    const id = await post(idle, sum);
    const request = () => idle.http.patch(`/api/jobs/${id}`);
    await request().set('Content-Type', 'application/json').send('{"priority":').expect(400);
    await request().set('Content-Type', 'text/plain').send('urgent').expect(415);
  });
});

describe('DELETE /api/jobs/:id', () => {
  it('removes a finished job and its files; the id answers 410, and deleting again changes nothing', async () => {
    const uploaded = await api.http
      .post('/api/files')
      .attach('file', await photo(64, 48), 'photo.jpg')
      .expect(201);
    const job = await api.run('file_processing', {
      source: { fileId: uploaded.body.id },
      operations: [
        { operation: 'resize', width: 16 },
        { operation: 'resize', width: 8 },
      ],
    });
    expect(job.status).toBe('completed');
    const { outputs } = job.result as { outputs: { id: string }[] };
    expect(outputs.length).toBeGreaterThan(0);
    const paths = outputs.map(({ id }) => `/api/files/${id}`);
    for (const path of paths) await api.http.get(path).expect(200);

    expect((await remove(api, job.id).expect(204)).text).toBe('');
    for (const suffix of ['', '/files/0', '/attempts', '/tree'])
      expect((await api.http.get(`/api/jobs/${job.id}${suffix}`).expect(410)).body.code).toBe('job_gone');
    for (const path of paths) expect((await api.http.get(path).expect(410)).body.code).toBe('file_gone');
    for (const change of [cancel, retry, promote])
      expect((await change(api, job.id).expect(410)).body.code).toBe('job_gone');
    await patch(api, job.id, { priority: 'high' }).expect(410);
    await remove(api, job.id).expect(204);
    const { body } = await api.http.get('/api/jobs?type=file_processing').expect(200);
    expect(body.jobs).toEqual([]);
    // What it was made of is not its own.
    await api.http.get(`/api/files/${uploaded.body.id}`).expect(200);
  });

  it('removes failed and cancelled jobs from all lists', async () => {
    const failed = await api.run('misbehaving', { deed: 'declared' }, { tags: ['doomed'] });
    const cancelled = await post(api, sum, { delayMs: 60_000, tags: ['doomed'] });
    await cancel(api, cancelled).expect(200);
    for (const id of [failed.id, cancelled]) await remove(api, id).expect(204);
    for (const query of ['tag=doomed', 'error=as_declared', 'status=failed', 'error=cancelled', '']) {
      const { body } = await api.http.get(`/api/jobs?limit=200&${query}`).expect(200);
      const ids = body.jobs.map(({ id }: JobBody) => id);
      expect(ids).not.toContain(failed.id);
      expect(ids).not.toContain(cancelled);
    }
  });

  it('answers 409 for a job that has not finished, which goes on', async () => {
    for (const options of [{}, { delayMs: 60_000 }]) {
      const id = await post(idle, sum, options);
      expect((await remove(idle, id).expect(409)).body).toMatchObject({ code: 'job_not_finished' });
      await idle.http.get(`/api/jobs/${id}`).expect(200);
    }
    const folder = await temporaryFolder();
    const id = await post(api, { type: 'gated', payload: { folder } });
    await api.jobOnce(id, hasStatus('processing'));
    await remove(api, id).expect(409);
    writeFileSync(join(folder, 'gate'), '');
    expect((await api.jobOnce(id, isFinal)).status).toBe('completed');
  });
});

describe('an operation on a job', () => {
  it.each([unknownId, 'meta', 'nothing_01h455vb4pex5vsknk084sn02q'])(
    'answers 404 where there never was one: %s',
    async (id) => {
      for (const change of [cancel, retry, promote, remove])
        expect((await change(idle, id).expect(404)).body).toMatchObject({ code: 'job_not_found' });
      await patch(idle, id, { priority: 'low' }).expect(404);
      for (const part of ['attempts', 'tree']) await idle.http.get(`/api/jobs/${id}/${part}`).expect(404);
    },
  );
});

describe('GET /api/jobs/:id/attempts', () => {
  it('lists each attempt that failed, in order, also of a job that completed after all', async () => {
    const { id } = await api.run('flaky', { failures: 2 });
    const { body } = await api.http.get(`/api/jobs/${id}/attempts`).expect(200);
    expect(body.attempts).toMatchObject([
      { attempt: 1, code: 'remote_error', detail: 'Failure 1.' },
      { attempt: 2, code: 'remote_error', detail: 'Failure 2.' },
    ]);
    for (const { startedAt, endedAt, worker } of body.attempts) {
      expect(Date.parse(endedAt)).toBeGreaterThanOrEqual(Date.parse(startedAt));
      expect(worker).toEqual((await read(api, id)).worker);
    }
  });

  it('goes on counting after a retry', async () => {
    const { id } = await api.run('flaky', { failures: 9 });
    await retry(api, id).expect(202);
    await api.jobOnce(id, ({ status, attempts }) => status === 'failed' && attempts.made === 6);
    const attempts = await until(async () => {
      const { body } = await api.http.get(`/api/jobs/${id}/attempts`).expect(200);
      return body.attempts.length === 6 && body.attempts;
    });
    expect(attempts.map(({ attempt }: { attempt: number }) => attempt)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('is empty where nothing ran', async () => {
    const id = await post(idle, sum);
    await cancel(idle, id).expect(200);
    expect((await idle.http.get(`/api/jobs/${id}/attempts`).expect(200)).body).toEqual({ attempts: [] });
  });
});

describe('GET /api/jobs/:id/tree', () => {
  const leaf = { type: 'shared', payload: { folder: '/nowhere' } };

  it('answers the whole tree, from any of its jobs', async () => {
    const { folder } = await countingFolder();
    const fails = { type: 'shared', payload: { folder, fails: true }, options: { onFailure: 'continue' } };
    const id = await post(api, { ...sum, children: [{ ...leaf, children: [sum, fails] }, sum] });
    const { children } = await api.jobOnce(id, isFinal);
    const [inner = '', outer = ''] = children as string[];
    const [first = '', second = ''] = (await read(api, inner)).children as string[];
    const node = (of: string, more: object = {}) => ({
      id: of,
      type: of.replace(/_[^_]+$/, ''),
      status: 'completed',
      onFailure: 'fail',
      links: expect.objectContaining({ self: `/api/jobs/${of}` }),
      children: [],
      ...more,
    });
    const { onFailure: _, ...root } = node(id);
    const expected = {
      root: {
        ...root,
        children: [
          node(inner, {
            children: [
              node(first),
              node(second, {
                status: 'failed',
                onFailure: 'continue',
                error: expect.objectContaining({ code: 'as_asked', instance: `/api/jobs/${second}` }),
              }),
            ],
          }),
          node(outer),
        ],
      },
    };
    for (const any of [id, inner, outer, first, second])
      expect((await api.http.get(`/api/jobs/${any}/tree`).expect(200)).body).toEqual(expected);
  });

  it('shows what was removed, and begins below a parent that was', async () => {
    const id = await post(api, { ...sum, children: [{ ...sum, children: [sum] }] });
    const [inner = ''] = (await api.jobOnce(id, isFinal)).children as string[];
    const [innermost = ''] = (await read(api, inner)).children as string[];
    await remove(api, innermost).expect(204);
    const tree = (of: string) => api.http.get(`/api/jobs/${of}/tree`).expect(200);
    expect((await tree(id)).body.root.children).toMatchObject([
      { id: inner, children: [{ id: innermost, removed: true }] },
    ]);
    await remove(api, id).expect(204);
    expect((await tree(inner)).body.root).toMatchObject({
      id: inner,
      children: [{ id: innermost, removed: true }],
    });
  });

  it('is the job alone where it has neither parent nor children', async () => {
    const id = await post(idle, sum);
    const { body } = await idle.http.get(`/api/jobs/${id}/tree`).expect(200);
    expect(body.root).toMatchObject({ id, status: 'pending', children: [] });
  });

  it('is cut at the limit, and says so', async () => {
    const own = await apiForTest();
    const id = await post(own, { ...leaf, children: Array.from({ length: 5 }, () => leaf) });
    const small = await apiForTest({ REDIS_PREFIX: own.config.redisPrefix, TREE_JOBS_MAX: '3' });
    const { body } = await small.http.get(`/api/jobs/${id}/tree`).expect(200);
    expect(body.cut).toBe(true);
    expect(body.root.children).toHaveLength(2);
    const whole = await own.http.get(`/api/jobs/${id}/tree`).expect(200);
    expect(whole.body.cut).toBeUndefined();
    expect(whole.body.root.children).toHaveLength(5);
  });
});
