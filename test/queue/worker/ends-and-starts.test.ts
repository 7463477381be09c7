/** The same done twice, one job after the other by BullMQ's own scripts and all at once by ours. */
import { createRedisBackend, Job, Queue, type RedisQueueBackend } from 'bullmq';
import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { jobPriorities } from '../../../src/models/job.js';
import { policyOf } from '../../../src/models/policy.js';
import { typeId, uuidV7 } from '../../../src/models/type-id.js';
import { connectPatiently } from '../../../src/queue/connection.js';
import { EventLog } from '../../../src/queue/events/event-log.js';
import { JobQueue, type NewJob } from '../../../src/queue/job-queue.js';
import { ownKeys, queueKeys } from '../../../src/queue/keys.js';
import { batchingBackend } from '../../../src/queue/worker/batching-backend.js';
import { testPrefix, testRedisUrl } from '../../support/redis.js';
import { snapshot } from './snapshot.js';

const type = 'sample';
const name = 'the-worker';
const startMs = 1_800_000_000_000;
const connection = connectPatiently(testRedisUrl());
afterAll(() => connection.disconnect());

// BullMQ takes the time of the process.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: startMs }));
afterEach(() => void vi.useRealTimers());

const json = fc.jsonValue({ maxDepth: 2 });

const jobs = fc.array(
  fc.record({
    payload: json,
    priority: fc.constantFrom(...jobPriorities),
    // Due, due in an hour, or waiting at once.
    delayMs: fc.constantFrom(0, 0, 0, 1_000, 3_600_000),
    isTimed: fc.boolean(),
    tenant: fc.constantFrom(undefined, undefined, 'acme'),
    fairnessKey: fc.constantFrom(undefined, 'a', 'b'),
  }),
  { maxLength: 10 },
);

const scenario = fc.record({
  jobs,
  /** Of another tool: jobs without a priority, before all others. */
  foreign: fc.constantFrom(0, 0, 2),
  limit: fc.constantFrom(undefined, undefined, undefined, 'concurrency', 'rate', 'paused'),
  starts: fc.integer({ min: 0, max: 8 }),
  ends: fc.array(fc.record({ result: json, takesNext: fc.boolean() }), { maxLength: 8 }),
  moreStarts: fc.integer({ min: 0, max: 3 }),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never;

interface Side {
  prefix: string;
  backend: RedisQueueBackend;
  told: Set<string>;
  events: EventLog;
  queue: JobQueue;
  bull: Queue;
  close(): Promise<void>;
}

function openSide(batches: boolean): Side {
  const prefix = testPrefix();
  const keys = ownKeys(prefix);
  const told = new Set<string>();
  const parts = {
    connection,
    prefix,
    type,
    keys,
    eventsMax: 1_000,
    name,
    lockMs: 60_000,
    told,
    now: Date.now,
  };
  const factory = batches ? batchingBackend(parts) : createRedisBackend;
  const opts = { connection, prefix, name, lockDuration: 60_000 };
  const backend = factory(type, opts, { withBlockingConnection: true });
  const bull = new Queue(type, { connection, prefix });
  const queue = new JobQueue({ connection, prefix, timeoutMs: 10_000, eventsMax: 1_000, now: Date.now });
  const events = new EventLog({
    connection,
    keys,
    now: Date.now,
    length: 1_000,
    onError: (error) => expect.unreachable(error.message),
  });
  return {
    prefix,
    backend,
    told,
    events,
    queue,
    bull,
    async close() {
      await backend.close();
      await bull.close();
      const left = await connection.keys(`${prefix}*`);
      if (left.length > 0) await connection.del(...left);
    },
  };
}

async function fill({ queue, bull, prefix }: Side, { jobs, foreign, limit }: Scenario): Promise<void> {
  await queue.open([type]);
  const added = jobs.map(({ payload, priority, delayMs, isTimed, tenant, fairnessKey }, index): NewJob => {
    const id = typeId(type, uuidV7(startMs, Buffer.from(String(index).padStart(10, '0'))));
    const timed = isTimed ? { expiresAt: new Date(startMs + 7_200_000).toISOString() } : {};
    const options = { priority, delayMs, ...timed, ...(fairnessKey === undefined ? {} : { fairnessKey }) };
    return { id, type, payload, options, policy: policyOf(), ...(tenant === undefined ? {} : { tenant }) };
  });
  await queue.submitAll(added);
  for (let index = 0; index < foreign; index += 1) await bull.add('foreign', { index });
  if (limit === 'concurrency') await bull.setGlobalConcurrency(3);
  if (limit === 'rate') await bull.setGlobalRateLimit(3, 60_000);
  if (limit === 'paused') await connection.hset(queueKeys(prefix, type).meta, 'paused', 1);
}

/** What a backend is asked for one place: a start, or an end and perhaps a start. */
type Ask = () => Promise<{ taken: readonly unknown[]; ended?: Job }>;

/** What the worker would say of it: what it knows to be told already it does not say again. */
function tell({ told, events }: Side, jobId: string, status: 'processing' | 'completed', attempt: number) {
  const isTold = status === 'processing' ? told.has(jobId) : told.delete(jobId);
  if (!isTold) events.emit({ kind: 'status', jobId, status, attempt });
}

async function play(side: Side, scenario: Scenario, inTurn: (asks: Ask[]) => ReturnType<Ask>[]) {
  const { backend, bull, events } = side;
  const seen: unknown[] = [];
  const running: { job: Job; token: string }[] = [];
  let tokens = 0;
  async function turn(asks: { token: string; ask: Ask }[]) {
    const answers = await Promise.all(inTurn(asks.map(({ ask }) => ask)));
    for (const [index, { taken, ended }] of answers.entries()) {
      if (ended?.id !== undefined) tell(side, ended.id, 'completed', ended.attemptsMade + 1);
      const [fields, id, limitMs, dueMs] = taken as [
        Parameters<typeof Job.fromJSON>[1],
        string,
        number,
        number,
      ];
      seen.push({ fields, id, isLimited: limitMs > 0, dueMs });
      if (!fields) continue;
      const job = Job.fromJSON(bull, fields, id);
      running.push({ job, token: asks[index]?.token ?? '' });
      tell(side, id, 'processing', job.attemptsMade + 1);
    }
    await events.flush();
    return snapshot(connection, side.prefix);
  }
  const start = () => {
    const token = `token-${tokens++}`;
    return { token, ask: async () => ({ taken: await backend.moveToActive(token, name) }) };
  };
  const end = ({ result, takesNext }: Scenario['ends'][number]) => {
    const { job, token } = running.shift() ?? {};
    if (job === undefined || token === undefined) return [];
    const ask = async () => {
      const answer = await backend.moveToCompleted(job, result, undefined as never, token, takesNext);
      return { taken: answer.result ?? [], ended: job };
    };
    return [{ token, ask }];
  };
  vi.setSystemTime(startMs + 5_000);
  const before = await turn(Array.from({ length: scenario.starts }, start));
  vi.setSystemTime(startMs + 6_000);
  const after = await turn([
    ...scenario.ends.flatMap(end),
    ...Array.from({ length: scenario.moreStarts }, start),
  ]);
  return { before, after, seen };
}

const allAtOnce = (asks: Ask[]) => asks.map((ask) => ask());

const oneByOne = (asks: Ask[]) => {
  let last: Promise<unknown> = Promise.resolve();
  return asks.map((ask) => {
    const answer = last.then(ask);
    last = answer;
    return answer;
  });
};

describe('ends and starts in one script', () => {
  it('leave every key as BullMQ would, and answer the same', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (played) => {
        vi.setSystemTime(startMs);
        const [bull, ours] = [openSide(false), openSide(true)];
        try {
          await fill(bull, played);
          await fill(ours, played);
          const expected = await play(bull, played, oneByOne);
          expect(await play(ours, played, allAtOnce)).toEqual(expected);
        } finally {
          await bull.close();
          await ours.close();
        }
      }),
      { numRuns: 60 },
    );
  });
});
