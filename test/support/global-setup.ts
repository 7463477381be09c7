/** The console, built where it has changed, and one private Redis for the whole run, in a folder of its own, started by the code under test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { runCommand } from '../../src/queue/private-redis/run-command.js';
import { startPrivateRedis } from '../../src/queue/private-redis/start.js';

declare module 'vitest' {
  export interface ProvidedContext {
    redisUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { code, output } = await runCommand(process.execPath, ['scripts/build-console.mjs']);
  if (code !== 0) throw new Error(output);
  const dataDir = await mkdtemp(join(tmpdir(), 'jobwright-test-'));
  const redis = await startPrivateRedis({ dataDir, cacheDir: './.cache', log: console.log });
  project.provide('redisUrl', redis.url);
  return async () => {
    await redis.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}
