import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownKeys } from '../../src/queue/keys.js';
import { startApi, type TestApi } from '../support/api.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ JOB_TYPES: 'test/support/job-types' });
});
afterAll(() => api.close());

const dryRun = (body: object, key?: string) => {
  const request = api.http.post('/api/jobs?dryRun=true');
  return (key === undefined ? request : request.set('Idempotency-Key', key)).send(body);
};
const post = (body: object) => api.http.post('/api/jobs').send(body);

/** Everything that Redis holds of this test, but what comes and goes by itself. */
async function stored(): Promise<string[]> {
  const { connection, prefix } = api.queue.access;
  const keys = await connection.keys(`${prefix.replaceAll(/[[\]?*\\]/g, '\\$&')}*`);
  const { housekeeper } = ownKeys(prefix);
  // What the server writes by itself, at its own times: the history has how many jobs wait, minute by minute.
  const isOfServer = (key: string) =>
    key === housekeeper || key.startsWith(`${prefix}::history:`) || key.endsWith(':meta');
  return keys.filter((key) => !isOfServer(key)).sort();
}

const coercing = { type: 'coercing', payload: { on: 'yes' } };

describe('POST /api/jobs?dryRun=true', () => {
  it('answers what would be stored: the payload as the type reads it, the queue, the limits', async () => {
    const { body } = await dryRun({
      ...coercing,
      options: {
        priority: 'high',
        attempts: 7,
        timeoutMs: 500,
        fairnessKey: 'ada',
        backoff: { initialMs: 5 },
      },
    }).expect(200);
    expect(body).toEqual({
      valid: true,
      type: 'coercing',
      version: 1,
      payload: { on: true, times: 1 },
      queue: { lane: 'short', priority: 'high', fairnessKey: 'ada' },
      status: 'pending',
      attempts: 7,
      backoff: expect.objectContaining({ initialMs: 5, factor: 2 }),
      timeoutMs: 500,
    });
  });

  it('stores nothing', async () => {
    const before = await stored();
    await dryRun(coercing, 'a-key-of-a-dry-run').expect(200);
    await dryRun({ ...coercing, children: [coercing] }).expect(200);
    await dryRun({ type: 'calculation', payload: { operation: 'sum', numbers: [1] } }).expect(200);
    await dryRun({ ...coercing, payload: {} }).expect(422);
    expect(await stored()).toEqual(before);
  });

  it('says when a delayed job would start, and by when it would have to', async () => {
    const startMs = Date.now();
    const later = await dryRun({ ...coercing, options: { delayMs: 60_000, deadlineMs: 90_000 } }).expect(200);
    expect(later.body.status).toBe('scheduled');
    expect(Date.parse(later.body.scheduledFor) - startMs).toBeGreaterThanOrEqual(60_000);
    expect(Date.parse(later.body.deadlineAt) - Date.parse(later.body.scheduledFor)).toBe(30_000);
    const at = await dryRun({
      ...coercing,
      options: { runAt: '2999-01-01T00:00:00+02:00', expiresAt: '2999-01-02T00:00:00Z' },
    }).expect(200);
    expect(at.body).toMatchObject({
      scheduledFor: '2998-12-31T22:00:00.000Z',
      expiresAt: '2999-01-02T00:00:00.000Z',
    });
  });

  it('knows that a time which has passed means now, as the submission does', async () => {
    const past = { ...coercing, options: { runAt: '2020-01-01T00:00:00Z' } };
    const { body } = await dryRun(past).expect(200);
    expect([body.status, body.scheduledFor]).toEqual(['pending', undefined]);
    expect((await post(past).expect(202)).body.status).toBe('pending');
  });

  it('answers a tree as a tree', async () => {
    const { body } = await dryRun({
      ...coercing,
      children: [{ ...coercing, options: { onFailure: 'continue' }, children: [coercing] }, coercing],
    }).expect(200);
    expect(body).toMatchObject({
      status: 'blocked',
      children: [
        { status: 'blocked', payload: { on: true, times: 1 }, children: [{ status: 'pending' }] },
        { status: 'pending', type: 'coercing' },
      ],
    });
  });

  it.each([
    ['an unknown type', { type: 'nope', payload: {} }],
    ['a payload that does not fit', { type: 'coercing', payload: { on: 3, tims: 1 } }],
    ['a child that does not fit', { ...coercing, children: [{ type: 'coercing', payload: {} }] }],
  ])('answers the same problem as the submission to %s', async (_, body) => {
    const dry = await dryRun(body).expect(422);
    const wet = await post(body).expect(422);
    const facts = ({ code, detail, errors }: Record<string, unknown>) => ({ code, detail, errors });
    expect(facts(dry.body)).toEqual(facts(wet.body));
  });

  it.each(['dryRun=maybe', 'dryRun=', 'dryRun=true&dryRun=false', 'dryrun=true', 'dry_run=true'])(
    'answers 422 to ?%s, and makes no job',
    async (query) => {
      const before = await stored();
      const { body } = await api.http.post(`/api/jobs?${query}`).send(coercing).expect(422);
      expect(body.errors[0].pointer).toBe(query.split('=')[0]);
      expect(await stored()).toEqual(before);
    },
  );

  it('is a submission with dryRun=false', async () => {
    await api.http.post('/api/jobs?dryRun=false').send(coercing).expect(202);
  });

  describe('with an Idempotency-Key', () => {
    it('names the job that the same request made before, and refuses another', async () => {
      const key = 'key-1';
      expect((await dryRun(coercing, key).expect(200)).body.reuse).toBeUndefined();
      const { body } = await post(coercing).set('Idempotency-Key', key).expect(202);
      const dry = await dryRun(coercing, key).expect(200);
      expect(dry.body.reuse).toEqual({ kind: 'idempotency_key', jobId: body.jobId });
      const other = await dryRun({ ...coercing, payload: { on: 'no' } }, key).expect(422);
      expect(other.body.code).toBe('idempotency_key_reused');
    });
  });

  describe('of a type that shares its work', () => {
    const shared = { type: 'shared', payload: { folder: '/nowhere', value: 1 } };

    it('names the job that is under way, or whose result would serve, and moves nothing', async () => {
      expect((await dryRun(shared).expect(200)).body.reuse).toBeUndefined();
      const { body } = await post(shared).expect(202);
      const joined = await dryRun(shared).expect(200);
      expect(joined.body).toMatchObject({ status: 'pending', reuse: { kind: 'joined', jobId: body.jobId } });
      const declined = await dryRun({ ...shared, options: { cache: false } }).expect(200);
      expect(declined.body.reuse).toBeUndefined();
      await api.startWorker();
      await api.jobOnce(body.jobId, ({ status }) => status === 'completed');
      const cached = await dryRun(shared).expect(200);
      expect(cached.body).toMatchObject({
        status: 'completed',
        reuse: { kind: 'cached', jobId: body.jobId },
      });
    });

    it('finds none where the last one failed, as often as it is asked', async () => {
      const failing = { type: 'shared', payload: { folder: '/nowhere', fails: true } };
      const failed = await api.run(failing.type, failing.payload);
      expect(failed.status).toBe('failed');
      for (let times = 0; times < 3; times++)
        expect((await dryRun(failing).expect(200)).body.reuse).toBeUndefined();
      expect((await stored()).filter((key) => key.includes('::generation'))).toEqual([]);
      expect((await post(failing).expect(202)).body.reused).toBeUndefined();
    });
  });
});
