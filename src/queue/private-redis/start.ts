/**
 * Starts the private Redis of a data folder and keeps it running:
 *
 * 1. finds a program, 2. stops a Redis that an earlier, killed owner left behind, 3. starts it under the
 * watchdog and waits until it has loaded its data, 4. leaves a note so that others can join it, 5. starts it
 * again on the same socket when it dies, 6. stops it when told. The lock on the folder is the caller's.
 */
import { existsSync } from 'node:fs';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { type FindOptions, findRedisBinary } from './find-binary.js';
import { identityOf } from './process-identity.js';
import { commandOf, type RedisBinary } from './redis-binary.js';
import { lastLines } from './run-command.js';
import { answers, clearNote, pidOfServer, stopOwnerless, urlOfSocket, writeNote } from './running-redis.js';
import { makeFolder, passwordOf, placeSocket, writeSettings } from './settings-file.js';
import { startWatchdog, type Watchdog } from './watchdog.js';

export interface PrivateRedisOptions extends FindOptions {
  /** Its data goes into the folder `redis` in here. */
  dataDir: string;
}

export interface PrivateRedis {
  /** `unix://:PASSWORD@localhost/…/redis.sock` */
  url: string;
  socketPath: string;
  binary: RedisBinary;
  /** Program, version, origin and socket, for people. */
  description: string;
  /** Of redis-server, which changes when it is started again. */
  serverPid(): number;
  watchdogPid(): number;
  /** Give it to a child as an entry of `stdio`, and Redis outlives that child. */
  lifeline(): Writable;
  /** With everything on disk; resolves when nothing of it is left. */
  stop(): Promise<void>;
  /** Leaves Redis to its watchdog, without waiting for it. */
  abandon(): void;
}

/** It did not come up; the message has the end of its log. */
export class RedisDidNotStart extends Error {
  override readonly name = 'RedisDidNotStart';
}

/** How long it may take to load its data. */
const startMsMax = 120_000;
const restartPauseMsMax = 5_000;

/** @throws RedisDidNotStart */
export async function startPrivateRedis(options: PrivateRedisOptions): Promise<PrivateRedis> {
  const { log = () => {} } = options;
  const binary = await findRedisBinary(options);
  const dataDir = resolve(options.dataDir);
  const folder = await makeFolder(dataDir);
  const password = await passwordOf(folder);
  if (await stopOwnerless(dataDir, password)) log('Stopped a Redis that was left behind.');
  await clearNote(dataDir);

  const socketPath = await placeSocket(folder);
  const settings = await writeSettings(folder, socketPath, password);
  const url = urlOfSocket(socketPath, password);
  const launch = async () => {
    const started = await launchOnce([...commandOf(binary), settings], { folder, socketPath, password });
    await writeNote(dataDir, { url, socketPath, server: await identityOf(started.serverPid) });
    return started;
  };

  let current = await launch();
  let stopping = false;
  const keep = async () => {
    for (let pauseMs = 100; !stopping; pauseMs = Math.min(pauseMs * 2, restartPauseMsMax)) {
      const startMs = Date.now();
      const how = await current.watchdog.ended;
      if (stopping) return;
      if (Date.now() - startMs > 60_000) pauseMs = 100;
      log(`Redis ended (${how}): starting it again.`);
      await stopOwnerless(dataDir, password);
      current.watchdog.kill();
      await pause(pauseMs);
      while (!stopping) {
        try {
          current = await launch();
          log('Redis is back.');
          break;
        } catch (error) {
          log(error instanceof Error ? error.message : String(error));
          await pause(restartPauseMsMax);
        }
      }
      if (stopping) await current.watchdog.terminate();
    }
  };
  const keeping = keep();

  return {
    url,
    socketPath,
    binary,
    description: `${binary.product} ${binary.version} (${describeOrigin(binary)}), socket ${socketPath}`,
    serverPid: () => current.serverPid,
    watchdogPid: () => current.watchdog.pid,
    lifeline: () => current.watchdog.lifeline,
    async stop() {
      stopping = true;
      await current.watchdog.terminate();
      await keeping;
      // A watchdog that was killed cannot have stopped it.
      await stopOwnerless(dataDir, password);
      await clearNote(dataDir);
      if (dirname(socketPath) !== folder) await rm(dirname(socketPath), { recursive: true, force: true });
    },
    abandon() {
      stopping = true;
      current.watchdog.lifeline.destroy();
    },
  };
}

const describeOrigin = ({ origin, file }: RedisBinary) => (origin === 'PATH' ? file : origin);

interface Place {
  folder: string;
  socketPath: string;
  password: string;
}

async function launchOnce(
  command: string[],
  { folder, socketPath, password }: Place,
): Promise<{ watchdog: Watchdog; serverPid: number }> {
  const logFile = join(folder, 'redis.log');
  if ((await stat(logFile).catch(() => ({ size: 0 }))).size > 1_048_576)
    await rename(logFile, `${logFile}.1`);
  await rm(socketPath, { force: true });
  const logHandle = await open(logFile, 'a', 0o600);
  const watchdog = startWatchdog(command, logHandle.fd);
  await logHandle.close();

  let ended: string | undefined;
  watchdog.ended.then((how) => {
    ended = how;
  });
  const deadline = Date.now() + startMsMax;
  while (ended === undefined && Date.now() < deadline) {
    if (existsSync(socketPath) && (await answers(socketPath, password))) {
      const serverPid = await pidOfServer(socketPath, password);
      if (serverPid !== undefined) return { watchdog, serverPid };
    }
    await pause(10);
  }
  watchdog.kill();
  const log = lastLines(await readFile(logFile, 'utf8').catch(() => ''), 5);
  const what = ended === undefined ? `was not ready after ${startMsMax} ms` : `ended at once (${ended})`;
  throw new RedisDidNotStart(`The private Redis ${what}. The end of ${logFile}:\n${log}`);
}
