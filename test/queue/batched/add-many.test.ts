/**
 * One script for many plain jobs against the long way: what they write must be the same, key by key, and of shared work
 * what they find.
 */
import { Queue, Worker } from 'bullmq';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type JobOptions, jobPriorities } from '../../../src/models/job.js';
import { policyOf } from '../../../src/models/policy.js';
import { typeId, uuidV7 } from '../../../src/models/type-id.js';
import { type Connection, connectImpatiently, connectPatiently } from '../../../src/queue/connection.js';
import { uncounted } from '../../../src/queue/job-counts.js';
import { JobQueue, type NewJob, type Submitted } from '../../../src/queue/job-queue.js';
import { queueKeys } from '../../../src/queue/keys.js';
import { ownFields } from '../../../src/queue/stored-job.js';
import { until } from '../../support/processes.js';
import { queueForTest } from '../../support/queue.js';
import { testPrefix, testRedisUrl } from '../../support/redis.js';

const nowMs = 1_795_500_000_000;
const types = ['sample', 'other'] as const;
const closings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

interface Side {
  queue: JobQueue;
  prefix: string;
  looking: Connection;
  /** Types of jobs that were counted as submitted. */
  counted: string[];
}

async function openSide(shortcuts: boolean): Promise<Side> {
  const prefix = testPrefix();
  const connection = connectImpatiently(testRedisUrl(), 1_500);
  const looking = connectPatiently(testRedisUrl());
  const counted: string[] = [];
  const queue = new JobQueue({
    connection,
    prefix,
    counts: { ...uncounted, submitted: (type) => counted.push(type) },
    timeoutMs: 5_000,
    eventsMax: 1_000,
    now: () => nowMs,
    shortcuts,
  });
  await queue.open(types);
  closings.push(async () => {
    await queue.close();
    looking.disconnect();
  });
  return { queue, prefix, looking, counted };
}

/** Everything under a prefix; of streams all but the ids, which are times. Large hashes have no order. */
async function allKeys({ looking, prefix }: Side): Promise<Record<string, unknown>> {
  const keys = (await looking.keys(`${prefix.replaceAll(/[{}]/g, '?')}*`)).sort();
  const entries = await Promise.all(
    keys.map(async (key) => [key.replace(prefix, ''), await contentOf(looking, key)] as const),
  );
  return Object.fromEntries(entries);
}

async function contentOf(redis: Connection, key: string): Promise<unknown> {
  const type = await redis.type(key);
  if (type === 'hash') return redis.hgetall(key);
  if (type === 'zset') return redis.call('ZRANGE', key, '0', '-1', 'WITHSCORES');
  if (type === 'set') return (await redis.smembers(key)).sort();
  if (type === 'list') return redis.lrange(key, 0, -1);
  if (type === 'stream') return (await redis.xrange(key, '-', '+')).map(([, fields]) => fields);
  return redis.get(key);
}

const options = fc.record(
  {
    attempts: fc.integer({ min: 1, max: 9 }),
    timeoutMs: fc.integer({ min: 100, max: 900 }),
    priority: fc.constantFrom(...jobPriorities),
    fairnessKey: fc.string({ minLength: 1, maxLength: 5 }),
    tags: fc.uniqueArray(fc.constantFrom('a', 'b', 'c:d', 'é'), { maxLength: 3 }),
  },
  { requiredKeys: [] },
);

const described = fc.record(
  {
    type: fc.constantFrom(...types),
    /** One that is there twice is a job that is there already. */
    number: fc.integer({ min: 0, max: 30 }),
    version: fc.integer({ min: 1, max: 2 }),
    payload: fc.jsonValue({ maxDepth: 2 }),
    options,
    requestId: fc.string({ maxLength: 9 }),
    tenant: fc.constantFrom('acme', 'zeta'),
  },
  { requiredKeys: ['type', 'number', 'payload', 'options'] },
);

const jobFrom = ({
  number,
  ...job
}: {
  number: number;
  type: string;
  payload: unknown;
  options: JobOptions;
}): NewJob => ({
  ...job,
  id: typeId(job.type, uuidV7(nowMs + number, Buffer.alloc(10))),
  policy: policyOf(),
});

describe('adding many plain jobs in one script', () => {
  it('writes every key as the long way does', async () => {
    const batches = fc.array(fc.array(described, { minLength: 1, maxLength: 12 }), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(batches, async (all) => {
        const fast = await openSide(true);
        const slow = await openSide(false);
        for (const batch of all) {
          const jobs = batch.map(jobFrom);
          // The order across types is nobody's: each type has its own keys, the stream of all events aside.
          for (const type of types) {
            const own = jobs.filter((job) => job.type === type);
            expect(await fast.queue.submitAll(own)).toEqual(await slow.queue.submitAll(own));
          }
        }
        expect(await allKeys(fast)).toEqual(await allKeys(slow));
      }),
      { numRuns: 40, endOnFailure: true },
    );
  }, 120_000);

  it('sets no marker while the type is paused, nor where BullMQ has as many running as it may', async () => {
    const sides = [await openSide(true), await openSide(false)];
    const job = (number: number) => jobFrom({ number, type: 'sample', payload: {}, options: {} });
    const seen = await Promise.all(
      sides.map(async (side) => {
        await side.queue.setPaused('sample', true);
        await side.queue.submit(job(1));
        const paused = await side.looking.exists(`${side.prefix}:sample:marker`);
        await side.queue.setPaused('sample', false);
        await side.looking.del(`${side.prefix}:sample:marker`);
        await side.looking.hset(`${side.prefix}:sample:meta`, 'concurrency', '0');
        await side.queue.submit(job(2));
        return [paused, await allKeys(side)];
      }),
    );
    expect(seen[0]).toEqual(seen[1]);
    expect(seen[0]?.[0]).toBe(0);
  });

  it('leaves a job that another tool stored under the id to the long way', async () => {
    const sides = [await openSide(true), await openSide(false)];
    const { id, ...rest } = jobFrom({ number: 1, type: 'sample', payload: {}, options: {} });
    const seen = await Promise.all(
      sides.map(async (side) => {
        const bull = new Queue('sample', { connection: side.looking, prefix: side.prefix });
        await bull.add('sample', { payload: 1 }, { jobId: id, priority: 5, timestamp: nowMs });
        const isNew = await side.queue.submit({ ...rest, id });
        await bull.close();
        return [isNew, await allKeys(side)];
      }),
    );
    expect(seen[0]).toEqual(seen[1]);
  });

  it("is read, run and finished by BullMQ's own Queue and Worker, which add jobs beside", async () => {
    const { queue, prefix, bull, newJob, patient } = await queueForTest();
    const ours = [newJob(), newJob({ priority: 'high' }), newJob({ tags: ['a'] })];
    await queue.submitAll(ours);
    const theirs = await bull.add('sample', { payload: { n: 0 } }, { priority: 5 });
    expect((await bull.getJobCounts('prioritized')).prioritized).toBe(4);
    const stored = await bull.getJob(ours[0]?.id ?? '');
    expect(stored?.data.payload).toEqual(ours[0]?.payload);
    const ran: unknown[] = [];
    const worker = new Worker('sample', async ({ id }) => void ran.push(id), {
      connection: patient.duplicate(),
      prefix,
    });
    closings.push(() => worker.close());
    await until(async () => (await bull.getCompletedCount()) === 4);
    expect(new Set(ran)).toEqual(new Set([...ours.map(({ id }) => id), theirs.id]));
    expect((await queue.get(ours[0]?.id ?? '')).status).toBe('completed');
  });
});

/** What happens to the job that did a work last. */
const ends = {
  completed: { finishedOn: nowMs - 10, returnvalue: '{}' },
  completedLongAgo: { finishedOn: nowMs - 5_000, returnvalue: '{}' },
  failed: { finishedOn: nowMs - 10, failedReason: 'processor_error: no' },
  askedToStop: { [ownFields.cancelRequested]: nowMs },
};

/** Works that stay with their first job come together; those that may move on come one by one. */
const step = fc.oneof(
  fc.record({
    type: fc.constantFrom(...types),
    together: fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c'), options }), {
      minLength: 1,
      maxLength: 8,
    }),
    thenCompleted: fc.constantFrom('a', 'b', 'c', undefined),
  }),
  fc.record({
    type: fc.constantFrom(...types),
    name: fc.constantFrom('x', 'y'),
    options,
    join: fc.boolean(),
    cacheMs: fc.constantFrom(0, 1_000),
    ending: fc.constantFrom('completed', 'completedLongAgo', 'failed', 'askedToStop', 'removed', undefined),
  }),
);

type Step = typeof step extends fc.Arbitrary<infer Each> ? Each : never;

const jobOf = (type: string, given: JobOptions): NewJob =>
  jobFrom({ number: 0, type, payload: {}, options: given });

/** Goes through the steps on one side; what comes together is submitted so only where that is asked for. */
async function live(
  { queue, prefix, looking }: Side,
  steps: readonly Step[],
  atOnce: boolean,
): Promise<Submitted[]> {
  const results: Submitted[] = [];
  for (const each of steps) {
    const { type } = each;
    const job = ({ id }: Submitted) => queueKeys(prefix, type).job(id);
    if ('together' in each) {
      const submitted: Promise<Submitted>[] = [];
      for (const { name, options: given } of each.together) {
        const digest = `${type}/${name}`;
        submitted.push(queue.submitShared(jobOf(type, given), { digest, join: true, cacheMs: 1_000 }));
        if (!atOnce) await submitted.at(-1);
      }
      const some = await Promise.all(submitted);
      const completed = some[each.together.findIndex(({ name }) => name === each.thenCompleted)];
      if (completed !== undefined) await looking.hset(job(completed), ends.completed);
      results.push(...some);
    } else {
      const { name, join, cacheMs, ending } = each;
      const work = { digest: `${type}/${name}`, join, cacheMs };
      const submitted = await queue.submitShared(jobOf(type, each.options), work);
      if (ending === 'removed') {
        await looking.del(job(submitted));
        await looking.zrem(queueKeys(prefix, type).prioritized, submitted.id);
      } else if (ending !== undefined) await looking.hset(job(submitted), ends[ending]);
      results.push(submitted);
    }
  }
  return results;
}

describe('shared work, looked for and added in one script', () => {
  it('finds and writes what the long way does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const fast = await openSide(true);
        const slow = await openSide(false);
        expect(await live(fast, steps, true)).toEqual(await live(slow, steps, false));
        expect(await allKeys(fast)).toEqual(await allKeys(slow));
        expect(fast.counted).toEqual(slow.counted);
      }),
      { numRuns: 60, endOnFailure: true },
    );
  }, 120_000);

  it('is one new job for all that come at once, also where the one before has failed', async () => {
    const { queue, prefix, looking } = await openSide(true);
    const work = { digest: 'one', join: true, cacheMs: 0 };
    const submit = () => queue.submitShared(jobOf('sample', {}), work);
    const [first] = await Promise.all([submit(), submit()]);
    await looking.hset(queueKeys(prefix, 'sample').job(first.id), ends.failed);
    const later = await Promise.all([submit(), submit(), submit()]);
    expect(later.map(({ reused }) => reused)).toEqual([undefined, 'joined', 'joined']);
    expect(new Set(later.map(({ id }) => id)).size).toBe(1);
    expect(later[0]?.id).not.toBe(first.id);
  });

  it('is as many jobs as come at once where none will do for another', async () => {
    const { queue } = await openSide(true);
    const work = { digest: 'one', join: false, cacheMs: 1_000 };
    const submitted = await Promise.all([1, 2, 3].map(() => queue.submitShared(jobOf('sample', {}), work)));
    expect(submitted.map(({ reused }) => reused)).toEqual([undefined, undefined, undefined]);
    expect(new Set(submitted.map(({ id }) => id)).size).toBe(3);
  });

  it('takes two steps for what is not plain, and for a tenant with a quota', async () => {
    const { queue } = await openSide(true);
    const work = { digest: 'one', join: true, cacheMs: 0 };
    const job = jobOf('sample', {});
    expect(queue.submitSharedAtOnce({ ...job, tenant: 'acme', tenantJobsMax: 9 }, work)).toBeUndefined();
    expect(queue.submitSharedAtOnce({ ...job, options: { deadlineMs: 900 } }, work)).toBeUndefined();
    expect(await queue.submitSharedAtOnce(job, work)).toEqual({ id: expect.any(String) });
    const { queue: withoutShortcuts } = await openSide(false);
    expect(withoutShortcuts.submitSharedAtOnce(job, work)).toBeUndefined();
  });
});
