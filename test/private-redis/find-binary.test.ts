import { chmod, mkdir, readdir, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { childEnvironment } from '../../src/config.js';
import { findRedisBinary } from '../../src/queue/private-redis/find-binary.js';
import { runCommand } from '../../src/queue/private-redis/run-command.js';
import { temporaryFolder } from '../support/temporary-folder.js';

async function fakeServer(folder: string, name: string, versionLine: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), `#!/bin/sh\necho '${versionLine}'\n`);
  await chmod(join(folder, name), 0o755);
  return folder;
}

/** A folder for PATH with all programs of the system except a Redis. */
async function programsWithoutRedis(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const place of (childEnvironment().PATH ?? '').split(delimiter))
    for (const name of await readdir(place).catch(() => []))
      if (!/^(redis|valkey)-server$/.test(name))
        await symlink(join(place, name), join(folder, name)).catch(() => {});
  return folder;
}

const hasApt = (await runCommand('apt-get', ['--version'])).code === 0;

describe('findRedisBinary', () => {
  it('takes redis-server from PATH', async () => {
    const folder = await temporaryFolder();
    const bin = await fakeServer(join(folder, 'bin'), 'redis-server', 'Redis server v=7.2.4 sha=0 bits=64');
    const binary = await findRedisBinary({ cacheDir: folder, environment: childEnvironment({ PATH: bin }) });
    expect(binary).toEqual({
      file: join(bin, 'redis-server'),
      product: 'Redis',
      version: '7.2.4',
      origin: 'PATH',
    });
  });

  it('passes over a version that is too old, and what is no server, to the next on PATH', async () => {
    const folder = await temporaryFolder();
    const path = [
      await fakeServer(join(folder, 'old'), 'redis-server', 'Redis server v=6.0.16 sha=0 bits=64'),
      await fakeServer(join(folder, 'odd'), 'redis-server', 'something else'),
      await fakeServer(join(folder, 'new'), 'valkey-server', 'Valkey server v=8.1.0 sha=0 bits=64'),
    ].join(delimiter);
    const binary = await findRedisBinary({ cacheDir: folder, environment: childEnvironment({ PATH: path }) });
    expect(binary).toMatchObject({
      product: 'Valkey',
      version: '8.1.0',
      file: join(folder, 'new/valkey-server'),
    });
  });

  it('says three ways to get one where none can be had', async () => {
    const folder = await temporaryFolder();
    const left = join(folder, 'cache/unpacking-left');
    await mkdir(left, { recursive: true });
    await utimes(left, 0, 0);
    const search = findRedisBinary({
      cacheDir: join(folder, 'cache'),
      environment: childEnvironment({ PATH: join(folder, 'empty') }),
    });
    await expect(search).rejects.toThrow(
      /No Redis 6\.2 or newer.*\n {2}1\. .*\n {2}2\. .*\n {2}3\. .*REDIS_URL/s,
    );
    // Neither this attempt nor one that was killed long ago leaves anything.
    expect(await readdir(join(folder, 'cache'))).toEqual([]);
  });

  it.runIf(hasApt)(
    "unpacks the distribution's packages once, for two at the same time, and finds them again",
    async () => {
      const folder = await temporaryFolder();
      const cacheDir = join(folder, 'cache');
      const path = await programsWithoutRedis(join(folder, 'bin'));
      const environment = childEnvironment({ PATH: path });
      const [one, other] = await Promise.all([
        findRedisBinary({ cacheDir, environment }),
        findRedisBinary({ cacheDir, environment }),
      ]);
      expect(one).toMatchObject({ product: 'Redis', origin: "the distribution's packages" });
      expect(other).toEqual(one);
      // Nothing of the two attempts is left beside the result.
      expect(await readdir(cacheDir)).toHaveLength(1);

      const said: string[] = [];
      const again = await findRedisBinary({ cacheDir, environment, log: (line) => said.push(line) });
      expect(again).toEqual(one);
      expect(said).toEqual([]);

      // As a crash of the machine may leave it.
      const [name = ''] = await readdir(cacheDir);
      await truncate(join(cacheDir, name, 'redis.json'), 5);
      expect(await findRedisBinary({ cacheDir, environment })).toEqual(one);
      expect(await readdir(cacheDir)).toEqual([name]);
    },
    120_000,
  );
});
