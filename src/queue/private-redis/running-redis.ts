/**
 * The note that a private Redis leaves in its data folder while it runs, and what can be done with a Redis
 * that is known only by it: ask whether it answers, and stop it.
 */
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { isAlive, type ProcessIdentity, processIdentity } from './process-identity.js';
import { readNote } from './read-note.js';
import { writePrivately } from './settings-file.js';

const runningRedis = z.object({ url: z.url(), socketPath: z.string(), server: processIdentity });
export type RunningRedis = z.infer<typeof runningRedis>;

const noteIn = (dataDir: string) => join(resolve(dataDir), 'redis', 'running.json');

export const writeNote = (dataDir: string, note: RunningRedis) =>
  writePrivately(noteIn(dataDir), JSON.stringify(note));

export async function readRunning(dataDir: string): Promise<RunningRedis | undefined> {
  const note = await readNote(noteIn(dataDir), runningRedis).catch(() => 'unreadable' as const);
  return note === 'absent' || note === 'unreadable' ? undefined : note;
}

/** Takes away the note, and the socket where it is still there. */
export async function clearNote(dataDir: string): Promise<void> {
  const note = await readRunning(dataDir);
  if (note !== undefined) {
    await rm(note.socketPath, { force: true });
    const folder = dirname(note.socketPath);
    if (basename(folder).startsWith('jobwright-') && [tmpdir(), '/tmp'].includes(dirname(folder)))
      await rm(folder, { recursive: true, force: true });
  }
  await rm(noteIn(dataDir), { force: true });
}

/** `unix://:PASSWORD@localhost/path/of/redis.sock`, the path percent-encoded. */
export const urlOfSocket = (socketPath: string, password: string) =>
  `unix://:${password}@localhost${socketPath.split('/').map(encodeURIComponent).join('/')}`;

/** The pid of the server that answers there; undefined where none does. */
export async function pidOfServer(socketPath: string, password: string): Promise<number | undefined> {
  const info = await ask(socketPath, password, (redis) => redis.info('server'));
  // While it loads its data it answers INFO with an error of its own, so this also means: it is ready.
  const [, pid] = /^process_id:(\d+)/m.exec(info ?? '') ?? [];
  return pid === undefined || /^loading:1/m.test(info ?? '') ? undefined : Number(pid);
}

/** Whether a Redis answers with data loaded. */
export const answers = async (socketPath: string, password: string) =>
  (await ask(socketPath, password, (redis) => redis.ping())) === 'PONG';

/** Stops a Redis that nobody watches any more: cleanly, by its socket, else by its pid. */
export async function stopOwnerless(dataDir: string, password: string): Promise<boolean> {
  const note = await readRunning(dataDir);
  if (note === undefined || !(await isAlive(note.server))) return false;
  await ask(note.socketPath, password, (redis) => redis.shutdown());
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (await endsWithin(note.server, 10_000)) break;
    process.kill(note.server.pid, signal);
  }
  await endsWithin(note.server, 10_000);
  return true;
}

async function endsWithin(server: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    if (!(await isAlive(server))) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

async function ask<Answer>(
  socketPath: string,
  password: string,
  question: (redis: Redis) => Promise<Answer>,
): Promise<Answer | undefined> {
  const redis = new Redis({
    path: socketPath,
    password,
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    connectTimeout: 2_000,
    commandTimeout: 5_000,
  });
  redis.on('error', () => {});
  try {
    await redis.connect();
    return await question(redis);
  } catch {
    return undefined;
  } finally {
    redis.disconnect();
  }
}
