import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { WorkerFacts } from '../../../src/models/worker.js';
import { type Connection, connectPatiently } from '../../../src/queue/connection.js';
import { ownKeys } from '../../../src/queue/keys.js';
import { announce, workersAlive } from '../../../src/queue/outlook/presence.js';
import { until } from '../../support/processes.js';
import { testPrefix, testRedisUrl } from '../../support/redis.js';

function connect(url: string): Connection {
  const connection = connectPatiently(url);
  connection.on('error', () => {});
  onTestFinished(() => connection.disconnect());
  return connection;
}

const worker = (name: string): WorkerFacts => ({
  name,
  host: 'here',
  pid: 1,
  startedAt: '2026-11-20T08:00:00.000Z',
  version: '1.2.3',
  lanes: ['short'],
  types: { a: { version: 2, concurrency: 3 } },
});

describe('announce', () => {
  it('shows a worker with all that it said, from the moment Redis is there until it is withdrawn', async () => {
    const connection = connect(testRedisUrl());
    const keys = ownKeys(testPrefix());
    expect(connection.status).not.toBe('ready');
    const nowMs = Date.UTC(2026, 10, 20, 9);
    const withdraw = announce({ connection, keys, worker: worker('w'), now: () => nowMs });
    const alive = await until(async () => {
      const records = await workersAlive(connection, keys, nowMs);
      return records.length > 0 && records;
    });
    expect(alive).toEqual([
      {
        ...worker('w'),
        lastSeenAt: '2026-11-20T09:00:00.000Z',
        aliveUntil: '2026-11-20T09:00:15.000Z',
      },
    ]);
    await withdraw();
    expect(await workersAlive(connection, keys, nowMs)).toEqual([]);
    expect(await connection.exists(keys.workers, keys.workersAlive)).toBe(0);
  });

  it('saves nothing up for a Redis that is away, and can be withdrawn without it', async () => {
    const now = vi.fn(Date.now);
    const connection = connect('redis://127.0.0.1:1');
    const withdraw = announce({ connection, keys: ownKeys(testPrefix()), worker: worker('w'), now });
    await withdraw();
    expect(now).not.toHaveBeenCalled();
    expect(connection.listenerCount('ready')).toBe(0);
  });

  it('removes what a worker left that died', async () => {
    const connection = connect(testRedisUrl());
    const keys = ownKeys(testPrefix());
    await new Promise((resolve) => connection.once('ready', resolve));
    const withdraw = (['died', 'lives'] as const).map((name, index) =>
      announce({ connection, keys, worker: worker(name), now: () => 1_000_000 + index * 20_000 }),
    );
    onTestFinished(async () => void (await Promise.all(withdraw.map((leave) => leave()))));
    await until(async () => (await connection.hexists(keys.workers, 'lives')) === 1);
    expect(await connection.hkeys(keys.workers)).toEqual(['lives']);
    expect(await connection.zrange(keys.workersAlive, '0', '-1')).toEqual(['lives']);
  });
});

describe('workersAlive', () => {
  it('leaves out a worker whose time is over, though nobody has removed it yet', async () => {
    const connection = connect(testRedisUrl());
    const keys = ownKeys(testPrefix());
    await new Promise((resolve) => connection.once('ready', resolve));
    const withdraw = announce({ connection, keys, worker: worker('w'), now: () => 1_000_000 });
    onTestFinished(withdraw);
    await until(async () => (await workersAlive(connection, keys, 1_014_999)).length === 1);
    expect(await workersAlive(connection, keys, 1_015_000)).toEqual([]);
    expect(await connection.hkeys(keys.workers)).toEqual(['w']);
  });

  it('throws what Redis says where it does not tell, and never takes that for none', async () => {
    const connection = connect(testRedisUrl());
    const keys = ownKeys(testPrefix());
    await connection.set(keys.workersAlive, 'no sorted set');
    await expect(workersAlive(connection, keys, Date.now())).rejects.toThrow('WRONGTYPE');
  });
});
