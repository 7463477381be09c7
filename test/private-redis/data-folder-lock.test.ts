import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type DataFolderLock,
  DataFolderTaken,
  DataFolderUnreadable,
  holderOf,
  type LockHolder,
  lockDataFolder,
} from '../../src/queue/private-redis/data-folder-lock.js';
import { identityOf } from '../../src/queue/private-redis/process-identity.js';
import { runCommand } from '../../src/queue/private-redis/run-command.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const lockFile = (folder: string) => join(folder, 'jobwright.lock');

async function leave(folder: string, holder: Partial<LockHolder>): Promise<void> {
  const own = await identityOf(process.pid);
  await writeFile(lockFile(folder), JSON.stringify({ ...own, host: hostname(), token: 'left', ...holder }));
}

/** The pid of a process that has ended. */
const deadPid = async () => Number((await runCommand('/bin/sh', ['-c', 'echo $$'])).stdout);

describe('lockDataFolder', () => {
  it('says who has the folder and where, and is free again after the release', async () => {
    const folder = await temporaryFolder();
    const lock = await lockDataFolder(folder);
    await expect(lockDataFolder(folder)).rejects.toThrow(`process ${process.pid}, and is still starting`);
    await lock.announce('http://127.0.0.1:3000');
    await expect(lockDataFolder(folder)).rejects.toThrow(
      new RegExp(`data folder ${folder} is in use.*process ${process.pid}, at http://127.0.0.1:3000`),
    );
    expect(await holderOf(folder)).toMatchObject({ pid: process.pid, url: 'http://127.0.0.1:3000' });
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
    await (await lockDataFolder(folder)).release();
  });

  it('takes over a lock whose process is gone', async () => {
    const folder = await temporaryFolder();
    await leave(folder, { pid: await deadPid() });
    expect(await holderOf(folder)).toBeUndefined();
    await (await lockDataFolder(folder)).release();
  });

  it('takes over a lock whose pid another process has now', async () => {
    const folder = await temporaryFolder();
    await leave(folder, { startedAt: 'an earlier boot/1' });
    await (await lockDataFolder(folder)).release();
  });

  it.each(['', '{', '{}', 'null', '{"pid":"1","host":"h","token":"t","startedAt":""}'])(
    'takes over a lock that says nothing: %j',
    async (text) => {
      const folder = await temporaryFolder();
      await writeFile(lockFile(folder), text);
      expect(await holderOf(folder)).toBeUndefined();
      await (await lockDataFolder(folder)).release();
    },
  );

  it('says so where the lock is there and cannot be read', async () => {
    const folder = await temporaryFolder();
    // A folder in its place, which no user can read as a file; a test may run as root, who can read all files.
    await mkdir(lockFile(folder));
    await expect(lockDataFolder(folder)).rejects.toThrow(DataFolderUnreadable);
    await expect(lockDataFolder(folder)).rejects.toThrow(`cannot be read from ${lockFile(folder)}`);
    expect(await readdir(folder)).toEqual(['jobwright.lock']);
  });

  it('respects a lock of another host until it has been silent for long', async () => {
    const folder = await temporaryFolder();
    await leave(folder, { host: 'elsewhere', pid: 1 });
    await expect(lockDataFolder(folder)).rejects.toThrow('process 1 on elsewhere');
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(lockFile(folder), longAgo, longAgo);
    await (await lockDataFolder(folder)).release();
  });

  it.each([
    ['free', false],
    ['left by a process that is gone', true],
  ])('gives a folder that is %s to exactly one of many at the same instant', async (_state, isLeft) => {
    const pid = await deadPid();
    for (let round = 0; round < 20; round++) {
      const folder = await temporaryFolder();
      if (isLeft) await leave(folder, { pid });
      const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => lockDataFolder(folder)));
      const won = attempts.filter(
        (attempt): attempt is PromiseFulfilledResult<DataFolderLock> => attempt.status === 'fulfilled',
      );
      expect(won).toHaveLength(1);
      for (const attempt of attempts)
        if (attempt.status === 'rejected') expect(attempt.reason).toBeInstanceOf(DataFolderTaken);
      await won[0]?.value.release();
      expect(await readdir(folder)).toEqual([]);
    }
  });
});
