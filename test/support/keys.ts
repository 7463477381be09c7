/** API keys for tests, and API servers that know them. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entryOf, makeApiKey } from '../../src/api-key.js';
import type { KeyEntry } from '../../src/models/access.js';
import { startApi, type TestApi } from './api.js';
import { testPrefix } from './redis.js';

export interface TestKey {
  key: string;
  entry: KeyEntry;
  /** What a request with it carries. */
  headers: { Authorization: string };
}

export function testKey(id: string, entry: Omit<KeyEntry, 'id' | 'sha256'>): TestKey {
  const key = makeApiKey(id, randomBytes);
  return { key, entry: entryOf(key, { id, ...entry }), headers: { Authorization: `Bearer ${key}` } };
}

export const entriesOf = (keys: Iterable<TestKey>): string =>
  JSON.stringify([...keys].map(({ entry }) => entry));

export interface TwoServers {
  servers: [TestApi, TestApi];
  close(): Promise<void>;
}

/** Two API servers on the same Redis and the same files. */
export async function startTwo(settings: Record<string, string>): Promise<TwoServers> {
  const dataDir = await mkdtemp(join(tmpdir(), 'jobwright-test-'));
  const shared = { DATA_DIR: dataDir, REDIS_PREFIX: testPrefix(), ...settings };
  const servers: [TestApi, TestApi] = [await startApi(shared), await startApi(shared)];
  return {
    servers,
    async close() {
      const closed = await Promise.allSettled(servers.map((server) => server.close()));
      await rm(dataDir, { recursive: true, force: true });
      for (const each of closed) if (each.status === 'rejected') throw each.reason;
    },
  };
}
