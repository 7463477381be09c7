/**
 * One owner for a data folder: a file that names the process. It appears whole or not at all (written aside,
 * then linked into place), so of two that start at the same instant exactly one gets it. A lock whose process
 * is gone is taken over: who may do so is settled by linking that very lock, known by its token, to a
 * second name, which succeeds once.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { identityOf, isAlive, processIdentity } from './process-identity.js';
import { readNote } from './read-note.js';

const lockHolder = processIdentity.extend({
  host: z.string(),
  token: z.string(),
  /** Where it answers; absent while it starts. */
  url: z.string().optional(),
});

export type LockHolder = z.infer<typeof lockHolder>;

export interface DataFolderLock {
  /** Tells whoever finds the folder taken where its owner answers. */
  announce(url: string): Promise<void>;
  release(): Promise<void>;
}

export class DataFolderTaken extends Error {
  override readonly name = 'DataFolderTaken';

  constructor(
    readonly folder: string,
    readonly holder: LockHolder,
  ) {
    const where = holder.url === undefined ? 'and is still starting' : `at ${holder.url}`;
    const host = holder.host === hostname() ? '' : ` on ${holder.host}`;
    super(
      `The data folder ${folder} is in use: Jobwright runs on it already, as process ${holder.pid}${host}, ${where}.
Use that one, stop it first, or give this one a folder of its own (DATA_DIR=./other-data).`,
    );
  }
}

export class DataFolderUnreadable extends Error {
  override readonly name = 'DataFolderUnreadable';

  constructor(file: string, cause: Error) {
    super(
      `Whether the data folder is free cannot be read from ${file} (${cause.message}).
Give this user the right to read that file, or give this one a folder of its own (DATA_DIR=./other-data).`,
      { cause },
    );
  }
}

/** A holder on another host cannot be looked at: it counts as gone when it has been silent for this long. */
const silenceMsMax = 30_000;
const heartbeatMs = 10_000;

/** @throws DataFolderTaken, DataFolderUnreadable */
export async function lockDataFolder(dataDir: string): Promise<DataFolderLock> {
  const folder = resolve(dataDir);
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'jobwright.lock');
  const own: LockHolder = { ...(await identityOf(process.pid)), host: hostname(), token: randomUUID() };
  const draft = `${file}.${own.token}`;
  try {
    await writeFile(draft, JSON.stringify(own));
    while (!(await linked(draft, file))) {
      const holder = await readHolder(file);
      if (holder === undefined) continue;
      if (await holds(holder, file)) throw new DataFolderTaken(folder, holder);
      await takeOver(file, holder, draft);
      if ((await readHolder(file))?.token === own.token) break;
    }
  } finally {
    await rm(draft, { force: true });
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => {});
  }, heartbeatMs).unref();
  return {
    async announce(url) {
      await writeFile(draft, JSON.stringify({ ...own, url }));
      await rename(draft, file);
    },
    async release() {
      clearInterval(heartbeat);
      if ((await readHolder(file))?.token === own.token) await rm(file, { force: true });
    },
  };
}

/** Who has the folder, if anyone who lives. */
export async function holderOf(dataDir: string): Promise<LockHolder | undefined> {
  const file = join(resolve(dataDir), 'jobwright.lock');
  const holder = await readHolder(file);
  return holder !== undefined && (await holds(holder, file)) ? holder : undefined;
}

async function holds(holder: LockHolder, file: string): Promise<boolean> {
  if (holder.host === hostname()) return isAlive(holder);
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: 0 }));
  return Date.now() - mtimeMs < silenceMsMax;
}

async function takeOver(file: string, gone: LockHolder, draft: string): Promise<void> {
  const claim = `${file}.gone-${gone.token}`;
  if (!(await linked(file, claim))) {
    // Another one is at it, for a moment; unless it died in just that moment.
    const { ctimeMs } = await stat(claim).catch(() => ({ ctimeMs: Date.now() }));
    if (Date.now() - ctimeMs > 5_000) await rm(claim, { force: true });
    else await pause(10);
    return;
  }
  // The lock may have changed hands before the link was made: then it is not the one that is gone.
  if ((await readHolder(claim))?.token === gone.token) {
    const copy = `${draft}.copy`;
    await link(draft, copy);
    await rename(copy, file);
  }
  await rm(claim, { force: true });
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ENOENT: the lock was released between two looks.
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    throw error;
  }
}

/** @throws DataFolderUnreadable, since nobody can tell whether the folder is free */
async function readHolder(file: string): Promise<LockHolder | undefined> {
  const holder = await readNote(file, lockHolder).catch((cause: Error) => {
    throw new DataFolderUnreadable(file, cause);
  });
  if (holder === 'absent') return undefined;
  // Written by no Jobwright, or lost its content in a crash of the machine.
  if (holder === 'unreadable') return { pid: 0, startedAt: 'ended', host: hostname(), token: 'unreadable' };
  return holder;
}
