/** Each reason in a situation that Redis and BullMQ are really in; a BullMQ worker without a processor takes jobs. */
import { FlowProducer, Queue, Worker } from 'bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JobOptions } from '../../../src/models/job.js';
import { policyOf } from '../../../src/models/policy.js';
import { typeId, uuidV7 } from '../../../src/models/type-id.js';
import type { Why } from '../../../src/models/why.js';
import type { WorkerFacts } from '../../../src/models/worker.js';
import { type Connection, connectImpatiently, connectPatiently } from '../../../src/queue/connection.js';
import { JobQueue } from '../../../src/queue/job-queue.js';
import { ownKeys, queueKeys } from '../../../src/queue/keys.js';
import { PaceReporter } from '../../../src/queue/outlook/pace.js';
import { announce, workersAlive } from '../../../src/queue/outlook/presence.js';
import { RetryAfter } from '../../../src/queue/outlook/retry-after.js';
import { whyWaiting } from '../../../src/queue/outlook/why.js';
import { until } from '../../support/processes.js';
import { testPrefix, testRedisUrl } from '../../support/redis.js';

const prefix = testPrefix();
const keys = ownKeys(prefix);
let connection: Connection;
let patient: Connection;
let queue: JobQueue;
let bull: Queue;
let fetcher: Worker;
let withdraw: (() => Promise<void>)[];
let type: string;
let made = 0;

beforeAll(async () => {
  connection = connectImpatiently(testRedisUrl(), 1_500);
  patient = connectPatiently(testRedisUrl());
  queue = new JobQueue({ connection, prefix, timeoutMs: 1_500, eventsMax: 1_000, now: Date.now });
  await new Promise((resolve) => connection.once('ready', resolve));
});
beforeEach(() => {
  // A queue of its own for each test.
  type = `sample_${[...String(made++)].map((digit) => 'abcdefghij'[Number(digit)]).join('')}`;
  withdraw = [];
  bull = new Queue(type, { connection: patient, prefix });
  fetcher = new Worker(type, null, {
    connection: patient,
    prefix,
    autorun: false,
    name: 'w',
    settings: { backoffStrategy: () => 60_000 },
  });
});
afterEach(async () => {
  for (const leave of withdraw) await leave();
  await fetcher.close();
  await bull.close();
});
afterAll(async () => {
  await queue.close();
  patient.disconnect();
});

const newId = () => typeId(type, uuidV7(Date.now(), new Uint8Array(10).fill(made++)));

async function submit(options: JobOptions = {}): Promise<string> {
  const id = newId();
  await queue.submit({ id, type, payload: {}, options, policy: policyOf() });
  return id;
}

/** Announces a worker server, and waits until it is seen. */
async function worker(more: Partial<WorkerFacts> & { concurrency?: number; version?: string } = {}) {
  const { concurrency = 2, ...facts } = more;
  const name = `w-${withdraw.length}`;
  const announced: WorkerFacts = {
    name,
    host: 'here',
    pid: 1,
    startedAt: new Date().toISOString(),
    version: '1.0.0',
    lanes: ['short', 'long'],
    types: { [type]: { version: 1, concurrency } },
    ...facts,
  };
  withdraw.push(announce({ connection: patient, keys, worker: announced, now: Date.now }));
  await until(async () =>
    (await workersAlive(patient, keys, Date.now())).some((alive) => alive.name === name),
  );
}

const parts = () => ({
  connection,
  prefix,
  find: (id: string) => queue.find(id),
  policyOf: () => policyOf({ lane: 'long' }),
  timeoutMs: 1_500,
  now: Date.now,
});

async function why(id: string): Promise<Why & { codes: string[] }> {
  const answer = await whyWaiting(parts(), id);
  if (answer === undefined) throw new Error(`there is no job ${id}`);
  return { ...answer, codes: answer.reasons.map(({ code }) => code) };
}

/** Attempts of the type that ended before, each of this length. */
async function pace(processingMs: number): Promise<void> {
  const reporter = new PaceReporter({ connection: patient, keys, now: Date.now });
  reporter.finished(type, processingMs);
  await reporter.close();
}

const take = async (count = 1) => {
  for (let taken = 0; taken < count; taken += 1) await fetcher.getNextJob('t');
};

describe('why a job waits', () => {
  it('has no answer for a job that there is not', async () => {
    expect(await whyWaiting(parts(), newId())).toBeUndefined();
    expect(await whyWaiting(parts(), 'meta')).toBeUndefined();
  });

  it('starting: nothing is in its way', async () => {
    await worker();
    const answer = await why(await submit());
    expect(answer).toMatchObject({ status: 'pending', position: 0, estimatedWaitMs: 0 });
    expect(answer.codes).toEqual(['starting']);
    expect(answer.estimateBasis).toEqual({ position: 0, running: 0, slots: 2 });
  });

  it('running, then finished', async () => {
    const id = await submit();
    const taken = await fetcher.getNextJob('t');
    const running = await why(id);
    expect(running).toMatchObject({ status: 'processing', codes: ['running'] });
    expect(running.reasons[0]?.detail).toMatch(/^It is run by w since \d/);
    await taken?.moveToCompleted({}, 't', false);
    expect(await why(id)).toMatchObject({ status: 'completed', codes: ['finished'] });
  });

  it('cancel_requested: the worker has been asked and runs it still', async () => {
    const id = await submit();
    await take();
    const find = async () => {
      const job = await queue.find(id);
      return job && { ...job, cancelRequestedAt: '2026-11-20T09:00:00.000Z' };
    };
    const answer = await whyWaiting({ ...parts(), find }, id);
    expect(answer?.reasons.map(({ code }) => code)).toEqual(['cancel_requested', 'running']);
  });

  it('worker_lost: it is among the active and nobody holds its lock', async () => {
    const id = await submit();
    await take();
    await patient.del(queueKeys(prefix, type).lock(id));
    expect((await why(id)).codes).toEqual(['worker_lost', 'no_worker']);
    await worker();
    const answer = await why(id);
    expect(answer.codes).toEqual(['worker_lost']);
    expect(answer.estimatedStartAt).toBeUndefined();
  });

  it('scheduled: until when, and that nobody would run it then', async () => {
    const id = newId();
    await bull.add(type, { payload: {} }, { jobId: id, delay: 60_000 });
    const { scheduledFor } = (await queue.find(id)) ?? {};
    expect((await why(id)).codes).toEqual(['scheduled', 'no_worker']);
    await worker();
    const answer = await why(id);
    expect(answer).toMatchObject({ status: 'scheduled', estimatedStartAt: scheduledFor });
    expect(answer.reasons).toEqual([{ code: 'scheduled', detail: expect.any(String), until: scheduledFor }]);
    expect(answer.estimatedWaitMs).toBeGreaterThan(55_000);
    expect(answer.position).toBeUndefined();
  });

  it('is not scheduled any more when it is due, though nobody has moved it yet', async () => {
    const id = newId();
    await bull.add(type, { payload: {} }, { jobId: id, delay: 1_000, timestamp: Date.now() - 5_000 });
    expect((await why(id)).codes).toEqual(['no_worker']);
    await worker();
    expect(await why(id)).toMatchObject({ status: 'scheduled', codes: ['starting'], estimatedWaitMs: 0 });
  });

  it('backoff: until when', async () => {
    await worker();
    const id = await submit({ attempts: 2 });
    await (await fetcher.getNextJob('t'))?.moveToFailed(new Error('remote_error: no'), 't');
    const answer = await why(id);
    expect(answer).toMatchObject({ status: 'retrying', codes: ['backoff'] });
    expect(Date.parse(answer.reasons[0]?.until ?? '')).toBeGreaterThan(Date.now() + 50_000);
    expect(answer.reasons[0]?.detail).toMatch(/^Attempt 2 is due at /);
  });

  it('children: how many and which are unfinished', async () => {
    await worker();
    const flows = new FlowProducer({ connection: patient, prefix });
    const [parent, ...children] = [newId(), newId(), newId()];
    await flows.add({
      name: type,
      queueName: type,
      data: { payload: {} },
      opts: { jobId: parent ?? '' },
      children: children.map((jobId) => ({
        name: type,
        queueName: type,
        data: { payload: {} },
        opts: { jobId },
      })),
    });
    const answer = await why(parent ?? '');
    expect(answer.reasons).toEqual([
      { code: 'children', detail: '2 children are unfinished.', unfinished: 2, jobIds: children.sort() },
    ]);
    expect(answer.estimatedStartAt).toBeUndefined();
    await (await fetcher.getNextJob('t'))?.moveToCompleted({}, 't', false);
    expect((await why(parent ?? '')).reasons[0]).toMatchObject({ unfinished: 1 });
    await flows.close();
  });

  it('paused: until somebody resumes the queue, so there is no estimate', async () => {
    await worker();
    const id = await submit();
    await bull.pause();
    const answer = await why(id);
    expect(answer.codes).toEqual(['paused']);
    expect(answer.position).toBe(0);
    expect(answer.estimatedStartAt).toBeUndefined();
    await bull.resume();
    expect((await why(id)).codes).toEqual(['starting']);
  });

  it('no_worker: none is alive, none takes the lane, or none runs the type', async () => {
    const id = await submit();
    const detail = async () => (await why(id)).reasons[0];
    expect(await detail()).toEqual({ code: 'no_worker', detail: 'No worker is alive.' });
    await worker({ lanes: ['short'], types: {} });
    expect((await detail())?.detail).toBe('1 worker is alive, none for the long lane.');
    await worker({ types: { another: { version: 1, concurrency: 1 } } });
    expect((await detail())?.detail).toBe(`2 workers are alive, none for ${type}.`);
    expect((await why(id)).estimatedStartAt).toBeUndefined();
  });

  it('no_worker_for_version: those alive know only an older one', async () => {
    await worker();
    const id = newId();
    await bull.add(type, { payload: {}, version: 2 }, { jobId: id });
    const answer = await why(id);
    expect(answer.codes).toEqual(['no_worker_for_version']);
    expect(answer.reasons[0]?.detail).toContain('the newest version that they know is 1');
    expect(answer.estimatedStartAt).toBeUndefined();
    await worker({ types: { [type]: { version: 2, concurrency: 1 } } });
    expect((await why(id)).codes).toEqual(['starting']);
  });

  it('no_worker_for_version comes first when such a worker has put the job off', async () => {
    await worker();
    const id = newId();
    await bull.add(type, { payload: {}, version: 2 }, { jobId: id });
    await (await fetcher.getNextJob('t'))?.moveToDelayed(Date.now() + 60_000, 't');
    expect(await why(id)).toMatchObject({ status: 'scheduled', codes: ['no_worker_for_version'] });
  });

  it('rate_limited: until the window ends, and behind the windows of those before it', async () => {
    await worker({ concurrency: 100 });
    await bull.setGlobalRateLimit(2, 60_000);
    const ids = [];
    for (let count = 0; count < 7; count += 1) ids.push(await submit());
    await take(2);
    const first = await why(ids[2] ?? '');
    expect(first.codes).toEqual(['rate_limited']);
    expect(first.reasons[0]).toMatchObject({ limit: 2 });
    const resetMs = Date.parse(first.reasons[0]?.until ?? '') - Date.now();
    expect(resetMs).toBeGreaterThan(50_000);
    expect(resetMs).toBeLessThanOrEqual(60_000);
    expect(first.estimateBasis?.rateLimit).toEqual({ max: 2, durationMs: 60_000 });
    const last = await why(ids[6] ?? '');
    expect(last.codes).toEqual(['rate_limited', 'queue']);
    expect(Date.parse(last.estimatedStartAt ?? '') - Date.parse(first.estimatedStartAt ?? '')).toBeCloseTo(
      120_000,
      -3,
    );
  });

  it('type_concurrency: as many run as the policy allows, over all workers', async () => {
    await worker();
    await worker();
    await bull.setGlobalConcurrency(3);
    await pace(3_000);
    for (let count = 0; count < 3; count += 1) await submit();
    const id = await submit();
    await take(3);
    const answer = await why(id);
    expect(answer.reasons).toEqual([
      { code: 'type_concurrency', detail: expect.any(String), running: 3, limit: 3 },
    ]);
    expect(answer).toMatchObject({
      estimatedWaitMs: 1_000,
      estimateBasis: { slots: 3, processingMs: 3_000 },
    });
  });

  it('workers_busy: every worker has all that it takes', async () => {
    await worker();
    await pace(500);
    for (let count = 0; count < 2; count += 1) await submit();
    const id = await submit();
    await take(2);
    const answer = await why(id);
    expect(answer.reasons).toEqual([
      { code: 'workers_busy', detail: expect.any(String), running: 2, limit: 2 },
    ]);
    expect(answer.estimatedWaitMs).toBe(250);
  });

  it('queue: how many are before it, the more urgent among them', async () => {
    await worker();
    await pace(1_000);
    const first = await submit();
    const second = await submit();
    await submit({ priority: 'high' });
    expect(await why(first)).toMatchObject({ position: 1, codes: ['queue'] });
    const answer = await why(second);
    expect(answer.reasons[0]?.detail).toBe('2 jobs are before it.');
    expect(answer).toMatchObject({ position: 2, estimatedWaitMs: 500 });
    // One that its worker lost, which BullMQ serves before all others.
    const lost = newId();
    await bull.add(type, { payload: {} }, { jobId: lost, priority: 0 });
    expect((await why(lost)).position).toBe(0);
    expect((await why(second)).position).toBe(3);
  });

  it('counts the place among those that lost their worker from the end where jobs are taken', async () => {
    const ids = [];
    for (let count = 0; count < 3; count += 1) {
      const id = newId();
      ids.push(id);
      await bull.add(type, { payload: {} }, { jobId: id, priority: 0 });
    }
    const positions = [];
    for (const id of ids) positions.push((await why(id)).position);
    expect(positions).toEqual([0, 1, 2]);
    expect((await fetcher.getNextJob('t'))?.id).toBe(ids[0]);
  });

  it('looks again at a job that moves meanwhile, and never says that it waits when it runs', async () => {
    await worker();
    const id = await submit();
    let looks = 0;
    const find = async (one: string) => {
      const job = await queue.find(one);
      if (looks++ === 0) await take();
      return job;
    };
    const answer = await whyWaiting({ ...parts(), find }, id);
    expect(answer).toMatchObject({ status: 'processing', reasons: [{ code: 'running' }] });
    expect(looks).toBe(2);
  });

  it('costs two round trips, whatever waits', async () => {
    await worker();
    await bull.addBulk(
      Array.from({ length: 2_000 }, () => ({ name: type, data: { payload: {} }, opts: { priority: 3 } })),
    );
    const id = await submit();
    const answer = await why(id);
    expect(answer.position).toBe(2_000);
    const writes = vi.spyOn(connection.stream, 'write');
    await why(id);
    expect(writes).toHaveBeenCalledTimes(2);
    writes.mockRestore();
  });
});

describe('RetryAfter', () => {
  it('says 1 until the figures are there, then what the queue promises, and asks once a second', async () => {
    await worker({ concurrency: 1 });
    await pace(2_500);
    for (let count = 0; count < 4; count += 1) await submit();
    let nowMs = Date.now();
    const retryAfter = new RetryAfter({ ...parts(), now: () => nowMs });
    const job = { type, version: 1 };
    expect(retryAfter.seconds(job)).toBe(1);
    // A free slot takes the first; three more end, then this one runs: 5 attempts in all.
    await until(() => retryAfter.seconds(job) === 13);
    for (let count = 0; count < 4; count += 1) await submit();
    expect(retryAfter.seconds(job)).toBe(13);
    nowMs += 1_000;
    await until(() => retryAfter.seconds(job) === 23);
    expect(retryAfter.seconds({ ...job, dueMs: 60_000 })).toBe(63);
    expect(retryAfter.seconds({ ...job, dueMs: 86_400_000 })).toBe(300);
    nowMs += 60_000;
    expect(retryAfter.seconds(job)).toBe(1);
  });

  it('says 10 while nobody can say: no worker runs it, or its queue is paused', async () => {
    await submit();
    const retryAfter = new RetryAfter(parts());
    await until(() => retryAfter.seconds({ type, version: 1 }) === 10);
    await worker();
    await bull.pause();
    const again = new RetryAfter(parts());
    again.seconds({ type, version: 1 });
    await until(() => again.seconds({ type, version: 1 }) === 10);
  });

  it('says 1, and nothing fails, while Redis is away', async () => {
    const away = connectImpatiently('redis://127.0.0.1:1', 50);
    away.on('error', () => {});
    let nowMs = Date.now();
    const retryAfter = new RetryAfter({ ...parts(), connection: away, now: () => nowMs });
    for (let count = 0; count < 5; count += 1) {
      expect(retryAfter.seconds({ type, version: 1 })).toBe(1);
      nowMs += 1_000;
      await new Promise((resolve) => setImmediate(resolve));
    }
    away.disconnect();
  });
});
