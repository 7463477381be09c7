import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Connection, connectPatiently } from '../../src/queue/connection.js';
import { announce, workersAlive } from '../../src/queue/presence.js';
import { until } from '../support/processes.js';
import { testPrefix, testRedisUrl } from '../support/redis.js';

function connect(url: string): Connection {
  const connection = connectPatiently(url);
  connection.on('error', () => {});
  onTestFinished(() => connection.disconnect());
  return connection;
}

const aliveOf = async (connection: Connection, prefix: string) =>
  (await workersAlive(connection, prefix, ['a'], Date.now())).a;

describe('announce', () => {
  it('counts a worker from the moment Redis is there until it is withdrawn', async () => {
    const connection = connect(testRedisUrl());
    const prefix = testPrefix();
    expect(connection.status).not.toBe('ready');
    const withdraw = announce({ connection, prefix, worker: 'w', types: ['a'], now: Date.now });
    await until(async () => (await aliveOf(connection, prefix)) === 1);
    await withdraw();
    expect(await aliveOf(connection, prefix)).toBe(0);
  });

  it('saves nothing up for a Redis that is away, and can be withdrawn without it', async () => {
    const now = vi.fn(Date.now);
    const connection = connect('redis://127.0.0.1:1');
    const withdraw = announce({ connection, prefix: testPrefix(), worker: 'w', types: ['a'], now });
    await withdraw();
    expect(now).not.toHaveBeenCalled();
    expect(connection.listenerCount('ready')).toBe(0);
  });
});

describe('workersAlive', () => {
  it('throws what Redis says where it does not count, and never takes that for 0', async () => {
    const connection = connect(testRedisUrl());
    const prefix = testPrefix();
    await connection.set(`${prefix}:workers:a`, 'no sorted set');
    await expect(aliveOf(connection, prefix)).rejects.toThrow('WRONGTYPE');
  });
});
