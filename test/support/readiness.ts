/** The readiness of a server that a test makes of parts, and what is to be said of its Redis. */
import { expect } from 'vitest';
import { type Config, loadConfig } from '../../src/config.js';
import { openFileStore } from '../../src/files/open-file-store.js';
import type { RedisFlaw } from '../../src/models/health.js';
import type { Connection } from '../../src/queue/connection.js';
import { RedisCheck } from '../../src/queue/redis-check.js';
import { Readiness } from '../../src/readiness.js';
import { temporaryFolder } from './temporary-folder.js';

export interface TestReadiness {
  config: Config;
  readiness: Readiness;
  /** What was told to be wrong, each time. */
  told: RedisFlaw[][];
  /** Milliseconds since the epoch, as the readiness has it; may be set. */
  clock: { nowMs: number };
}

/** As `/readyz` tells of it. */
export const redisThatAnswers = {
  status: 'up',
  latencyMs: expect.any(Number),
  product: expect.stringMatching(/^(Redis|Valkey)$/),
  version: expect.stringMatching(/^\d+\.\d+\.\d+/),
  role: 'master',
};

/** @param environment Settings that differ from the defaults. */
export async function testReadiness(
  connection: Connection,
  url: string,
  environment: Record<string, string> = {},
): Promise<TestReadiness> {
  const config = loadConfig({}, { DATA_DIR: await temporaryFolder(), ...environment });
  const told: RedisFlaw[][] = [];
  const clock = { nowMs: Date.now() };
  const now = () => clock.nowMs;
  const timeoutMs = config.redisTimeoutMs;
  const redis = new RedisCheck({
    connection,
    url,
    key: '{t}:x',
    timeoutMs,
    unsafe: config.redisUnsafe,
    now,
    onFlaws: (flaws) => told.push(flaws.map(({ code }) => code)),
  });
  return {
    config,
    told,
    clock,
    readiness: new Readiness({ redis, files: openFileStore(config), types: 1, timeoutMs, now }),
  };
}
