/** A queue of its own on the Redis of the run, with BullMQ beside it, for tests below HTTP. */
import { Queue, Worker } from 'bullmq';
import { onTestFinished } from 'vitest';
import type { JobOptions } from '../../src/models/job.js';
import { policyOf } from '../../src/models/policy.js';
import { typeId, uuidV7 } from '../../src/models/type-id.js';
import { type Connection, connectImpatiently, connectPatiently } from '../../src/queue/connection.js';
import { JobQueue, type NewJob } from '../../src/queue/job-queue.js';
import { testPrefix, testRedisUrl } from './redis.js';

export interface TestQueue {
  queue: JobQueue;
  prefix: string;
  /** Commands wait for Redis; for BullMQ, and for looking. */
  patient: Connection;
  bull: Queue;
  /** Milliseconds since the epoch, as the queue has it; may be set. */
  clock: { nowMs: number };
  newJob(options?: JobOptions, more?: Partial<NewJob>): NewJob;
  /** Takes the next job as a worker would; undefined where none waits. Of all that are taken this way, none is run. */
  take(): Promise<string | undefined>;
  /** Takes all that wait, one after the other, and completes each. */
  drain(): Promise<string[]>;
  close(): Promise<void>;
}

let made = 0;

export async function openQueue(type = 'sample', prefix = testPrefix()): Promise<TestQueue> {
  const connection = connectImpatiently(testRedisUrl(), 1_500);
  const patient = connectPatiently(testRedisUrl());
  const clock = { nowMs: Date.now() };
  const queue = new JobQueue({
    connection,
    prefix,
    timeoutMs: 5_000,
    eventsMax: 1_000,
    now: () => clock.nowMs,
  });
  await queue.open([type]);
  const bull = new Queue(type, { connection: patient, prefix });
  const fetcher = new Worker(type, null, { connection: patient, prefix, autorun: false });
  await fetcher.waitUntilReady();
  const next = () => fetcher.getNextJob('test', { block: false });
  return {
    queue,
    prefix,
    patient,
    bull,
    clock,
    newJob: (options = {}, more = {}) => ({
      id: typeId(type, uuidV7(clock.nowMs, Buffer.from(String(made++).padStart(10, '0')))),
      type,
      payload: { n: made },
      options,
      policy: policyOf(),
      ...more,
    }),
    take: async () => (await next())?.id,
    async drain() {
      const ids: string[] = [];
      for (let job = await next(); job !== undefined; job = await next()) {
        ids.push(job.id ?? '');
        await job.moveToCompleted({}, 'test', false);
      }
      return ids;
    },
    async close() {
      await fetcher.close();
      await bull.close();
      await queue.close();
      patient.disconnect();
    },
  };
}

/** The same for one test. */
export async function queueForTest(type?: string): Promise<TestQueue> {
  const opened = await openQueue(type);
  onTestFinished(() => opened.close());
  return opened;
}
