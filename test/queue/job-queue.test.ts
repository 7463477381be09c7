import { Queue, Worker } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policyOf } from '../../src/models/policy.js';
import { typeId, uuidV7 } from '../../src/models/type-id.js';
import {
  answered,
  type Connection,
  connectImpatiently,
  connectPatiently,
} from '../../src/queue/connection.js';
import { JobQueue, type NewJob } from '../../src/queue/job-queue.js';
import { testPrefix, testRedisUrl } from '../support/redis.js';

const prefix = testPrefix();
const policy = policyOf();
let connection: Connection;
let patient: Connection;
let queue: JobQueue;
let bull: Queue;

beforeAll(async () => {
  connection = connectImpatiently(testRedisUrl(), 1_500);
  patient = connectPatiently(testRedisUrl());
  queue = new JobQueue({ connection, prefix, timeoutMs: 1_500, eventsMax: 1_000, now: Date.now });
  await new Promise((resolve) => connection.once('ready', resolve));
  bull = new Queue('sample', { connection: patient, prefix });
});
afterAll(async () => {
  await bull.obliterate({ force: true });
  await bull.close();
  await queue.close();
  patient.disconnect();
});

let made = 0;
const newJob = (more: Partial<NewJob> = {}): NewJob => ({
  id: typeId('sample', uuidV7(Date.now(), new Uint8Array(10).fill(made++))),
  type: 'sample',
  payload: { n: 1 },
  options: {},
  policy,
  ...more,
});

/** What BullMQ's own reader makes of the same job. */
const inBull = async (id: string) => {
  const job = await bull.getJob(id);
  if (job === undefined) throw new Error(`BullMQ has no job ${id}`);
  return job;
};

describe('submit', () => {
  it('stores what BullMQ reads back', async () => {
    const job = newJob({ options: { attempts: 4, timeoutMs: 500, priority: 'urgent' }, requestId: 'r-1' });
    await queue.submit(job);
    const read = await inBull(job.id);
    expect(read.name).toBe('sample');
    expect(read.data).toEqual({ payload: { n: 1 }, requestId: 'r-1', options: { timeoutMs: 500 } });
    expect(read.opts).toMatchObject({ attempts: 4, priority: 1, backoff: { type: 'policy' } });
    expect(await read.getState()).toBe('prioritized');
  });

  it('leaves a job alone that has the id already', async () => {
    const job = newJob();
    await queue.submit(job);
    await queue.submit({ ...job, payload: { n: 2 } });
    expect((await queue.find(job.id))?.payload).toEqual({ n: 1 });
  });

  it('serves the more urgent first, in order of arrival within a level', async () => {
    await bull.obliterate({ force: true });
    const priorities = ['low', 'normal', 'urgent', 'high', 'normal', 'urgent'] as const;
    const jobs = priorities.map((priority) => newJob({ options: { priority } }));
    for (const job of jobs) await queue.submit(job);
    const order: string[] = [];
    const worker = new Worker('sample', async (job) => void order.push(job.id ?? ''), {
      connection: patient,
      prefix,
    });
    await expect.poll(() => order.length).toBe(6);
    await worker.close();
    expect(order.map((id) => jobs.findIndex((job) => job.id === id))).toEqual([2, 5, 3, 1, 4, 0]);
  });
});

describe('find', () => {
  it('agrees with BullMQ on the status of a job through all of its life', async () => {
    await bull.obliterate({ force: true });
    const fetcher = new Worker('sample', null, {
      connection: patient,
      prefix,
      autorun: false,
      settings: { backoffStrategy: () => 60_000 },
    });
    try {
      const job = newJob({ options: { attempts: 2 } });
      await queue.submit(job);
      const seen = async () => {
        const { status, attempts } = (await queue.find(job.id)) ?? {};
        return [status, attempts?.made, await (await inBull(job.id)).getState()];
      };
      expect(await seen()).toEqual(['pending', 0, 'prioritized']);
      await (await fetcher.getNextJob('t'))?.moveToFailed(new Error('remote_error: first'), 't');
      expect(await seen()).toEqual(['retrying', 1, 'delayed']);
      expect(await queue.find(job.id)).toMatchObject({
        error: { code: 'remote_error', detail: 'first' },
        scheduledFor: expect.any(String),
      });
      await (await inBull(job.id)).promote();
      expect(await seen()).toEqual(['pending', 1, 'prioritized']);
      expect((await queue.find(job.id))?.error).toBeUndefined();
      const active = await fetcher.getNextJob('t');
      expect(await seen()).toEqual(['processing', 2, 'active']);
      await active?.moveToCompleted({ ok: true }, 't', false);
      expect(await seen()).toEqual(['completed', 2, 'completed']);
      expect((await queue.find(job.id))?.error).toBeUndefined();
      const failing = newJob({ options: { attempts: 1 } });
      await queue.submit(failing);
      await (await fetcher.getNextJob('t'))?.moveToFailed(new Error('corrupt_image: no\nend'), 't');
      expect(await queue.find(failing.id)).toMatchObject({
        status: 'failed',
        attempts: { made: 1, max: 1 },
        error: { code: 'corrupt_image', detail: 'no\nend' },
        failedAt: expect.any(String),
      });
    } finally {
      await fetcher.close();
    }
  });

  it('shows a delayed job as scheduled, and when it is due', async () => {
    const id = typeId('sample', uuidV7(Date.now(), new Uint8Array(10).fill(99)));
    await bull.add('sample', { payload: {} }, { jobId: id, delay: 60_000, timestamp: 1_700_000_000_000 });
    expect(await queue.find(id)).toMatchObject({
      status: 'scheduled',
      scheduledFor: '2023-11-14T22:14:20.000Z',
    });
  });

  it.each([
    ['job stalled more than allowable limit', 'worker_lost'],
    ['anything that another tool wrote', 'processor_error'],
  ])('reads the failure %j as %s', async (reason, code) => {
    const job = newJob();
    await queue.submit(job);
    await patient.hset(`${prefix}:sample:${job.id}`, { failedReason: reason, finishedOn: Date.now() });
    expect(await queue.find(job.id)).toMatchObject({ status: 'failed', error: { code } });
  });

  // BullMQ answers some of these with a phantom, and throws at others.
  it.each(['meta', 'wait', 'events', 'id', '1', ''])('finds nothing under %j', async (id) => {
    expect(await queue.find(id)).toBeUndefined();
  });

  it('finds nothing under a well-formed id that nobody has', async () => {
    expect(await queue.find('sample_01h455vb4pex5vsknk084sn02q')).toBeUndefined();
  });
});

describe('submitOnce', () => {
  const request = { key: 'k', fingerprint: 'a' };
  let first: NewJob;

  it('stores one job for a key and says of whom it is', async () => {
    first = newJob();
    expect(await queue.submitOnce(first, request)).toEqual({ id: first.id });
    expect(await queue.submitOnce(newJob(), request)).toEqual({
      id: first.id,
      reused: 'idempotency_key',
    });
    expect(await queue.submitOnce(newJob(), { key: 'k', fingerprint: 'b' })).toBeUndefined();
    expect(await patient.pttl(`${prefix}::key:k`)).toBeGreaterThan(23 * 3_600_000);
  });

  it('makes no second job when the first has been removed', async () => {
    await (await inBull(first.id)).remove();
    expect(await queue.submitOnce(newJob(), request)).toMatchObject({
      id: first.id,
      reused: 'idempotency_key',
    });
    expect(await queue.find(first.id)).toBeUndefined();
  });

  it('makes a new job when the key has been forgotten', async () => {
    await patient.del(`${prefix}::key:k`);
    const second = newJob();
    expect(await queue.submitOnce(second, { key: 'k', fingerprint: 'c' })).toMatchObject({ id: second.id });
    expect(await queue.find(second.id)).toMatchObject({ status: 'pending' });
  });

  it('completes a request that broke off between the claim and the job', async () => {
    const broken = newJob();
    await patient.set(`${prefix}::key:broken`, `a ${broken.id}`, 'PX', 60_000);
    const claim = await queue.submitOnce(newJob(), { key: 'broken', fingerprint: 'a' });
    expect(claim).toEqual({ id: broken.id, reused: 'idempotency_key' });
    expect((await queue.find(broken.id))?.status).toBe('pending');
  });
});

describe('answered', () => {
  it('fails as queue_unavailable when nothing comes in time', async () => {
    await expect(answered(10, () => new Promise(() => {}))).rejects.toMatchObject({
      code: 'queue_unavailable',
    });
  });

  it('keeps the words of the datastore from the client', async () => {
    const failing = answered(1_000, () => patient.call('NO_SUCH_COMMAND'));
    await expect(failing).rejects.toMatchObject({ code: 'queue_unavailable' });
    await expect(failing).rejects.not.toThrow(/NO_SUCH/);
  });
});

describe('a queue whose Redis comes late', () => {
  it('fails at once before, and works after', async () => {
    const late = connectImpatiently(testRedisUrl(), 1_500);
    const own = new JobQueue({ connection: late, prefix, timeoutMs: 1_500, eventsMax: 1_000, now: Date.now });
    await expect(own.submit(newJob())).rejects.toMatchObject({ code: 'queue_unavailable' });
    await new Promise((resolve) => late.once('ready', resolve));
    const job = newJob();
    await own.submit(job);
    expect((await own.find(job.id))?.status).toBe('pending');
    await own.close();
  });
});
