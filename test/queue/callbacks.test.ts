/** The outbox of callbacks on a real Redis. The tests take the jobs themselves, and end them. */
import { randomBytes } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type CallbackPayload,
  callbackDeliveryType,
  callbackMessageSchema,
  callbackTag,
} from '../../src/models/callback.js';
import type { Job, JobOptions } from '../../src/models/job.js';
import { policyOf } from '../../src/models/policy.js';
import { typeId, uuidV7 } from '../../src/models/type-id.js';
import { Callbacks } from '../../src/queue/callbacks.js';
import { type Connection, connectImpatiently, connectPatiently } from '../../src/queue/connection.js';
import { JobQueue } from '../../src/queue/job-queue.js';
import { ownKeys } from '../../src/queue/keys.js';
import { loadRegistry } from '../../src/workers/registry.js';
import { testPrefix, testRedisUrl } from '../support/redis.js';

const prefix = testPrefix();
const keys = ownKeys(prefix);
const url = 'https://hooks.example.com/jobs';
const definitions = await loadRegistry([]);

/** No two moments are the same. */
let clockMs = Date.now();
let connection: Connection;
let patient: Connection;
let queue: JobQueue;
let callbacks: Callbacks;
let taker: Worker;
let calculations: Queue;
let delivering: Queue;

beforeAll(async () => {
  connection = connectImpatiently(testRedisUrl(), 1_500);
  patient = connectPatiently(testRedisUrl());
  queue = new JobQueue({ connection, prefix, timeoutMs: 1_500, eventsMax: 1_000, now: () => ++clockMs });
  await new Promise((resolve) => connection.once('ready', resolve));
  taker = new Worker('calculation', null, { connection: patient, prefix });
  calculations = new Queue('calculation', { connection: patient, prefix });
  delivering = new Queue(callbackDeliveryType, { connection: patient, prefix });
});
beforeEach(() => {
  callbacks = outbox();
});
afterAll(async () => {
  await Promise.all([taker.close(), calculations.close(), delivering.close(), queue.close()]);
  patient.disconnect();
});

const outbox = (bytesMax = 100_000) =>
  new Callbacks({ queue, definitions, basePath: '/jobs', bytesMax, random: randomBytes });

async function submit(
  payload: unknown = { operation: 'sum', numbers: [1] },
  options: JobOptions = { callbackUrl: url },
): Promise<string> {
  const id = typeId('calculation', uuidV7(Date.now(), randomBytes(10)));
  await queue.submit({
    id,
    type: 'calculation',
    payload,
    options: { attempts: 1, ...options },
    policy: policyOf(),
  });
  return id;
}

/** The next jobs that wait end so, in the order of their arrival. */
async function finish(...ends: (() => unknown)[]): Promise<void> {
  for (const end of ends) {
    const job = await taker.getNextJob('token');
    if (job === undefined) throw new Error('no job waits');
    try {
      await job.moveToCompleted(end(), 'token', false);
    } catch (error) {
      await job.moveToFailed(error as Error, 'token', false);
    }
  }
}

async function found(id: string | undefined): Promise<Job> {
  const job = await queue.find(id ?? '');
  if (job === undefined) throw new Error(`there is no job ${id}`);
  return job;
}

const payloadOf = async (deliveryId: string | undefined) =>
  (await found(deliveryId)).payload as CallbackPayload;

const isInOutbox = async (id: string) => (await connection.zscore(keys.callbacks, id)) !== null;

const deliveries = () => delivering.getPrioritizedCount();

describe('deliver', () => {
  it('submits a job that tells the end as the API shows it, and takes the job out of the outbox', async () => {
    const id = await submit();
    await finish(() => ({ operation: 'sum', result: 1 }));
    const job = await found(id);
    const payload = await payloadOf(await callbacks.deliver(job));
    expect(payload).toEqual({
      url,
      jobId: id,
      event: 'job.completed',
      messageId: expect.stringMatching(/^msg_[0-9a-z]{26}$/),
      body: expect.any(String),
    });
    const message = JSON.parse(payload.body);
    expect(message).toEqual({
      type: 'job.completed',
      timestamp: job.completedAt,
      data: {
        ...job,
        links: {
          self: `/jobs/api/jobs/${id}`,
          type: '/jobs/api/types/calculation',
          events: `/jobs/api/jobs/${id}/events`,
          logs: `/jobs/api/jobs/${id}/logs`,
        },
      },
    });
    expect(callbackMessageSchema.safeParse(message).error).toBeUndefined();
    expect(definitions.get(callbackDeliveryType)?.definition.payload.safeParse(payload).success).toBe(true);
    expect(await isInOutbox(id)).toBe(false);
  });

  it('tells a failure as a problem', async () => {
    const id = await submit();
    await finish(() => {
      throw new Error('calculation_overflow: Too large.');
    });
    const { event, body } = await payloadOf(await callbacks.deliver(await found(id)));
    expect(event).toBe('job.failed');
    expect(JSON.parse(body).data.error).toEqual({
      type: '/jobs/api/errors/calculation_overflow',
      title: 'The result is too large',
      status: 422,
      detail: 'Too large.',
      instance: `/jobs/api/jobs/${id}`,
      code: 'calculation_overflow',
    });
  });

  it('is one delivery, however often and by whomever', async () => {
    const id = await submit();
    await finish(() => 1);
    const job = await found(id);
    const before = await deliveries();
    const ids = await Promise.all([callbacks.deliver(job), outbox().deliver(job), callbacks.deliver(job)]);
    expect(new Set(ids).size).toBe(1);
    expect(await deliveries()).toBe(before + 1);
  });

  it('is another message when the job was retried and ended again', async () => {
    const id = await submit();
    await finish(() => {
      throw new Error('processor_error: Broke.');
    });
    const failed = await found(id);
    const first = await callbacks.deliver(failed);
    await (await calculations.getJob(id))?.retry('failed');
    await connection.zadd(keys.callbacks, Date.now(), id);
    // Whoever saw the first end and comes late must not take the next one out.
    expect(await callbacks.deliver(failed)).toBe(first);
    expect(await isInOutbox(id)).toBe(true);
    await finish(() => 1);
    const second = await callbacks.deliver(await found(id));
    expect(second).not.toBe(first);
    const [one, two] = [await payloadOf(first), await payloadOf(second)];
    expect([one.event, two.event]).toEqual(['job.failed', 'job.completed']);
    expect(two.messageId).not.toBe(one.messageId);
    expect(await isInOutbox(id)).toBe(false);
  });

  it('does nothing for a job that has not ended, or asks for no callback', async () => {
    const id = await submit();
    const pending = await found(id);
    expect(await callbacks.deliver(pending)).toBeUndefined();
    expect(await isInOutbox(id)).toBe(true);
    await finish(() => 1);
    const { callbackUrl: _, ...without } = await found(id);
    expect(await callbacks.deliver(without)).toBeUndefined();
  });

  it('leaves out what makes a message too large, and says so', async () => {
    const long = 'x'.repeat(2_000);
    const id = await submit({ long });
    await finish(() => ({ long }));
    const job = await found(id);
    const told = async (bytesMax: number) =>
      JSON.parse((await payloadOf(await outbox(bytesMax).deliverAgain({ ...job, callbackUrl: url }))).body);
    const whole = await told(10_000);
    expect(whole).not.toHaveProperty('omitted');
    const { payload: _, ...withoutPayload } = whole.data;
    expect(await told(4_000)).toEqual({ ...whole, data: withoutPayload, omitted: ['payload'] });
    const { result: __, ...withoutBoth } = withoutPayload;
    expect(await told(2_000)).toEqual({ ...whole, data: withoutBoth, omitted: ['payload', 'result'] });
  });
});

describe('deliverAgain', () => {
  it('is another job with the same message', async () => {
    const id = await submit();
    await finish(() => 1);
    const job = { ...(await found(id)), callbackUrl: url };
    const first = await callbacks.deliver(job);
    const again = [await callbacks.deliverAgain(job), await callbacks.deliverAgain(job)];
    expect(new Set([first, ...again]).size).toBe(3);
    for (const delivery of again) expect(await payloadOf(delivery)).toEqual(await payloadOf(first));
  });
});

describe('deliveriesOf', () => {
  it('finds them by their tag, newest first, and nothing else that has it', async () => {
    const id = await submit();
    await finish(() => 1);
    const job = { ...(await found(id)), callbackUrl: url };
    expect(await callbacks.deliveriesOf(id)).toEqual([]);
    const ids = [await callbacks.deliver(job), await callbacks.deliverAgain(job)];
    await submit({}, { tags: [callbackTag(id)] });
    expect((await callbacks.deliveriesOf(id)).map((delivery) => delivery.id)).toEqual(ids.reverse());
    await finish(() => 1);
  });
});

describe('sweep', () => {
  it('delivers what ended without being told, once, and leaves what has not ended', async () => {
    await callbacks.sweep();
    const ids = [await submit(), await submit(), await submit()];
    await finish(
      () => 1,
      () => 2,
    );
    const before = await deliveries();
    expect(await callbacks.sweep()).toBe(2);
    expect(await callbacks.sweep()).toBe(0);
    expect(await deliveries()).toBe(before + 2);
    expect(await Promise.all(ids.map(isInOutbox))).toEqual([false, false, true]);
    await finish(() => 3);
    expect(await callbacks.sweep()).toBe(1);
  });

  it('does not repeat what was submitted by one that died before it said so', async () => {
    const id = await submit();
    await finish(() => 1);
    await callbacks.deliver(await found(id));
    await connection.zadd(keys.callbacks, Date.now(), id);
    const before = await deliveries();
    await outbox().sweep();
    expect(await deliveries()).toBe(before);
    expect(await isInOutbox(id)).toBe(false);
  });

  it('forgets jobs that are gone', async () => {
    const id = typeId('calculation', uuidV7(0, randomBytes(10)));
    await connection.zadd(keys.callbacks, 0, id);
    await callbacks.sweep();
    expect(await isInOutbox(id)).toBe(false);
  });

  it('comes round to every job of an outbox that is larger than one sweep', async () => {
    const absent = Array.from({ length: 3_000 }, () => typeId('calculation', uuidV7(0, randomBytes(10))));
    await connection.zadd(keys.callbacks, ...absent.flatMap((id) => [0, id]));
    const id = await submit();
    await finish(() => 1);
    const sweeps = [await callbacks.sweep(), await callbacks.sweep(), await callbacks.sweep()];
    expect(sweeps.reduce((sum, count) => sum + count)).toBe(1);
    expect(await isInOutbox(id)).toBe(false);
    expect(await connection.zcard(keys.callbacks)).toBe(0);
  });
});
