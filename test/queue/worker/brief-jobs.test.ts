/** Brief jobs, which run without BullMQ's Worker, beside those that do not. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Outcome } from '../../../src/models/outcome.js';
import { policyOf } from '../../../src/models/policy.js';
import { queueKeys } from '../../../src/queue/keys.js';
import type { Attempt } from '../../../src/queue/worker/job-worker.js';
import { until } from '../../support/processes.js';
import { queueForTest, type TestQueue } from '../../support/queue.js';
import { snapshot } from './snapshot.js';
import { allCompleted, echo, startWorkerWith, submitMany } from './start-worker.js';

const isBrief = () => true;
const completed = async (attempt: Attempt): Promise<Outcome> => ({
  kind: 'completed',
  result: echo(attempt),
});

const locks = ({ patient, prefix }: TestQueue) => patient.keys(`${prefix.replace(/[{}]/g, '\\$&')}*:lock`);

describe('what brief jobs leave in Redis', () => {
  const startMs = 1_800_000_000_000;
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: startMs }));
  afterEach(() => void vi.useRealTimers());

  const kinds = ['plain', 'long', 'late', 'logs', 'fails', 'retries', 'tenant'];

  async function execute({ payload, log, progress, attempt }: Attempt): Promise<Outcome> {
    const { kind } = payload as { kind: string };
    const error = { code: 'processor_error', detail: kind };
    if (kind === 'late') await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    if (kind === 'logs') {
      log(`attempt ${attempt}`);
      progress({ percent: 50, message: 'half' });
    }
    if (kind === 'fails') return { kind: 'failed', error };
    if (kind === 'retries') return { kind: 'retry', error, retryAfterMs: 60_000 };
    return { kind: 'completed', result: { kind } };
  }

  async function leftBy(batches: boolean) {
    const test = await queueForTest();
    const { queue, bull, newJob, prefix, patient } = test;
    test.clock.nowMs = startMs;
    let made = 0;
    const jobs = Array.from({ length: 60 }, () => {
      const kind = kinds[made++ % kinds.length] ?? '';
      const id = `sample_01kb000000000000000000${String(made).padStart(4, '0')}`;
      const more = { id, payload: { kind, n: made }, policy: policyOf() };
      return newJob({}, kind === 'tenant' ? { ...more, tenant: 'acme' } : more);
    });
    await queue.submitAll(jobs);
    await queue.submit(
      newJob(
        { tags: ['a'], expiresAt: new Date(startMs + 9_000).toISOString() },
        { id: 'sample_01kb0000000000000000009998', payload: { kind: 'timed' } },
      ),
    );
    const { errors, worker, told } = startWorkerWith(test, {
      batches,
      execute,
      isBrief: ({ payload }) => (payload as { kind: string }).kind !== 'long',
    });
    await until(async () => {
      const {
        completed = 0,
        failed = 0,
        delayed = 0,
      } = await bull.getJobCounts('completed', 'failed', 'delayed');
      return completed + failed + delayed === 61;
    });
    await worker.close();
    await told();
    expect(errors).toEqual([]);
    const left = await snapshot(patient, prefix);
    // Of the moment at which somebody looked, and in which order, not of a job.
    for (const key of Object.keys(left)) if (/:(marker|stalled-check)$/.test(key)) delete left[key];
    const delayed = left['{}:sample:delayed'] as { content: string[] };
    delayed.content = delayed.content.filter((_, index) => index % 2 === 0).sort();
    const events = left['{}:sample:events'] as { content: [string, unknown][] };
    events.content = events.content.filter(([jobId]) => jobId !== 'event');
    return left;
  }

  it('is what BullMQ’s Worker leaves of the same jobs', async () => {
    expect(await leftBy(true)).toEqual(await leftBy(false));
  });
});

it('runs no more at once than it may, the others of BullMQ’s Worker included', async () => {
  const test = await queueForTest();
  let running = 0;
  let most = 0;
  let taken = 0;
  const { ran } = startWorkerWith(test, {
    concurrency: 7,
    isBrief: ({ payload }) => (payload as { n: number }).n % 5 !== 0,
    async execute(attempt) {
      running += 1;
      most = Math.max(most, running);
      taken = Math.max(taken, await test.bull.getActiveCount());
      running -= 1;
      return completed(attempt);
    },
  });
  const ids = await submitMany(test, 200);
  await allCompleted(test, 200);
  expect([...ran].sort()).toEqual([...ids].sort());
  expect(most).toBeLessThanOrEqual(7);
  expect(taken).toBeLessThanOrEqual(7);
});

it('leaves one that is not over in its turn to a renewed lock, and takes its end from there', async () => {
  const test = await queueForTest();
  let end = () => {};
  const ending = new Promise<void>((resolve) => {
    end = resolve;
  });
  const { ran, errors } = startWorkerWith(test, {
    lockMs: 400,
    isBrief,
    async execute(attempt) {
      await ending;
      return completed(attempt);
    },
  });
  const [id = ''] = await submitMany(test, 1);
  const { lock } = queueKeys(test.prefix, 'sample');
  await until(async () => ran.length === 1);
  const startedMs = Date.now();
  // Longer than its lock was taken for.
  await until(async () => (await test.patient.exists(lock(id))) === 1 && Date.now() - startedMs > 1_000);
  end();
  await allCompleted(test, 1);
  expect(ran).toEqual([id]);
  expect(errors).toEqual([]);
});

it('does not record the end of a brief job whose lock it has lost', async () => {
  const test = await queueForTest();
  const { lock } = queueKeys(test.prefix, 'sample');
  const { ran, errors } = startWorkerWith(test, {
    isBrief,
    async execute(attempt) {
      test.patient.set(lock(attempt.jobId), 'of another worker').catch(() => {});
      return completed(attempt);
    },
  });
  const [id = ''] = await submitMany(test, 1);
  await until(() => errors.some((error) => error.includes(id)));
  expect(await test.queue.find(id)).toMatchObject({ status: 'processing' });
  expect(ran).toEqual([id]);
});

it('has no job when it has stopped: what it took is ended, or waits again', async () => {
  const test = await queueForTest();
  const ids = await submitMany(test, 2_000);
  const { worker, ran, errors } = startWorkerWith(test, {
    isBrief: ({ payload }) => (payload as { n: number }).n % 3 !== 0,
    execute: completed,
  });
  await until(() => ran.length > 50);
  await worker.close();
  const counts = await test.bull.getJobCounts('completed', 'prioritized', 'active', 'wait', 'failed');
  expect(counts).toMatchObject({ active: 0, wait: 0, failed: 0 });
  expect((counts.completed ?? 0) + (counts.prioritized ?? 0)).toBe(ids.length);
  expect(counts.prioritized).toBeGreaterThan(0);
  expect(await locks(test)).toEqual([]);
  expect(errors).toEqual([]);
});

it('starts no more of them once the queue is paused, and ends those it has', async () => {
  const test = await queueForTest();
  const ids = await submitMany(test, 1_000);
  let pausing: Promise<void> | undefined;
  const { ran, errors } = startWorkerWith(test, {
    isBrief,
    async execute(attempt) {
      if (ran.length === 100) pausing = test.queue.setPaused('sample', true);
      return completed(attempt);
    },
  });
  await until(() => pausing !== undefined);
  await pausing;
  await until(async () => (await test.bull.getActiveCount()) === 0);
  const { length } = ran;
  expect(length).toBeLessThan(ids.length);
  expect(await test.bull.getCompletedCount()).toBe(length);
  await test.queue.setPaused('sample', false);
  await allCompleted(test, ids.length);
  expect([...ran].sort()).toEqual([...ids].sort());
  expect(errors).toEqual([]);
});
