import { expect, it, onTestFinished } from 'vitest';
import { connectImpatiently } from '../../src/queue/connection.js';
import { QueueAccess } from '../../src/queue/queue-access.js';
import { startRedis } from '../support/redis-servers.js';

function accessTo(url: string, timeoutMs: number) {
  const connection = connectImpatiently(url, timeoutMs);
  const access = new QueueAccess({ connection, prefix: 'late', timeoutMs, eventsMax: 10, now: Date.now });
  onTestFinished(() => access.close());
  return access;
}

it('waits for a Redis that comes a moment later, although the first attempts to connect are refused', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.close());
  await redis.kill();
  const access = accessTo(redis.url, 20_000);
  const opened = access.open(['sample']);
  await new Promise((resolve) => access.connection.once('error', resolve));
  await redis.restart();
  await opened;
  expect(access.connection.status).toBe('ready');
});

it('does not wait longer than for an answer, and does not fail', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.close());
  await redis.kill();
  const access = accessTo(redis.url, 100);
  await access.open(['sample']);
  expect(access.connection.status).not.toBe('ready');
});
