import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { connectPatiently } from '../../src/queue/connection.js';
import { queueKeys } from '../../src/queue/keys.js';
import { applyLimits, keepLimits, type LimitedType } from '../../src/queue/worker/type-limits.js';
import { startApi, type TestApi } from '../support/api.js';
import { until } from '../support/processes.js';
import { testPrefix, testRedisUrl } from '../support/redis.js';

describe('two worker servers', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi({ JOB_TYPES: 'test/support/limited-types' });
    await Promise.all([api.startWorker(), api.startWorker()]);
  });
  afterAll(() => api.close());

  const runMany = <Result>(type: string, count: number) =>
    Promise.all(Array.from({ length: count }, async () => (await api.run(type, {})).result as Result));

  it('never run more jobs of a type at once than its policy allows', async () => {
    const results = await runMany<{ running: number }>('one_at_a_time', 20);
    expect(results).toEqual(Array.from({ length: 20 }, () => ({ running: 1 })));
  });

  it('never start more jobs of a type in a time than its policy allows', async () => {
    const postedMs = Date.now();
    const results = await runMany<{ startedMs: number }>('ten_per_second', 30);
    const afterMs = results.map(({ startedMs }) => startedMs - postedMs).sort((a, b) => a - b);
    expect(afterMs.filter((ms) => ms < 1_000).length).toBeLessThanOrEqual(10);
    expect(afterMs.filter((ms) => ms < 2_000).length).toBeLessThanOrEqual(20);
  });
});

describe('the limits of a type', () => {
  function queueWith(type: string) {
    const connection = connectPatiently(testRedisUrl());
    connection.on('error', () => {});
    const prefix = testPrefix();
    const queue = new Queue(type, { connection, prefix });
    onTestFinished(async () => {
      await queue.close();
      connection.disconnect();
    });
    const written = async () => ({
      concurrency: await queue.getGlobalConcurrency(),
      rateLimit: await queue.getGlobalRateLimit(),
    });
    return { connection, prefix, written };
  }

  const limited: LimitedType = {
    type: 'a',
    policy: { concurrency: 3, rateLimit: { max: 10, durationMs: 1_000 } },
  };
  const unlimited: LimitedType = { type: 'a', policy: {} };

  it('are those that BullMQ reads, and are gone when the policy has none', async () => {
    const { connection, prefix, written } = queueWith('a');
    await applyLimits(connection, prefix, [limited]);
    expect(await written()).toEqual({ concurrency: 3, rateLimit: { max: 10, duration: 1_000 } });
    await applyLimits(connection, prefix, [unlimited]);
    expect(await written()).toEqual({ concurrency: null, rateLimit: null });
  });

  it('end the window under way when the rate changes, and only then', async () => {
    const { connection, prefix } = queueWith('a');
    const { limiter } = queueKeys(prefix, 'a');
    await applyLimits(connection, prefix, [limited]);
    await connection.set(limiter, '10', 'PX', 60_000);
    await applyLimits(connection, prefix, [limited]);
    expect(await connection.get(limiter)).toBe('10');
    await applyLimits(connection, prefix, [
      { type: 'a', policy: { rateLimit: { max: 10, durationMs: 500 } } },
    ]);
    expect(await connection.exists(limiter)).toBe(0);
  });

  it('are written again when Redis is back, until they are no longer kept', async () => {
    const { connection, prefix, written } = queueWith('a');
    const { meta } = queueKeys(prefix, 'a');
    const onError = (error: Error) => expect.unreachable(error.message);
    const limits = keepLimits({ connection, prefix, types: [limited], onError });
    await limits.written;
    await connection.hdel(meta, 'concurrency', 'max', 'duration');
    connection.disconnect(true);
    await until(async () => (await written()).concurrency === 3);
    const listeners = connection.listenerCount('ready');
    limits.stop();
    expect(connection.listenerCount('ready')).toBe(listeners - 1);
  });
});
