/**
 * Finds a Redis to run, in this order: `redis-server` or `valkey-server` from PATH; the one that an earlier
 * start left in the cache folder; the distribution's packages; one compiled from source. What is unpacked or
 * compiled is made in a temporary folder and then renamed into place, so two processes at once are safe.
 */
import { access, constants, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { delimiter, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { ConfigError, childEnvironment } from '../../config.js';
import { compileRedis } from './compiled-redis.js';
import { unpackPackages } from './distribution-packages.js';
import { readNote } from './read-note.js';
import { oldestVersion, probeBinary, type RedisBinary } from './redis-binary.js';

export interface FindOptions {
  /** Folder of ours that outlives a run. */
  cacheDir: string;
  /** Told, in a line, what takes long. */
  log?: (line: string) => void;
  /** For PATH, and for the programs that are called. Default: this process's own. */
  environment?: NodeJS.ProcessEnv;
}

/** Nothing takes this long to unpack or compile. */
const abandonedMs = 3_600_000;

/** @throws ConfigError with three ways to get a Redis, where there is none. */
export async function findRedisBinary(options: FindOptions): Promise<RedisBinary> {
  const { cacheDir, log = () => {}, environment = childEnvironment() } = options;
  const installed = await findOnPath(environment);
  if (installed !== undefined) return installed;

  const place = resolve(cacheDir, `redis-${process.platform}-${process.arch}`);
  const cached = await readCached(place);
  if (cached !== undefined) return cached;

  await mkdir(resolve(cacheDir), { recursive: true });
  await removeAbandoned(resolve(cacheDir));
  const problems: string[] = [];
  for (const source of sources) {
    log(source.announcement);
    const folder = await mkdtemp(join(resolve(cacheDir), 'unpacking-'));
    try {
      const made = await source.make(folder, environment);
      if ('problem' in made) {
        problems.push(made.problem);
        continue;
      }
      const binary = await probeBinary({ ...made, origin: source.origin });
      if (binary === undefined) {
        problems.push(`the Redis from ${source.origin} does not run here, or is older than ${oldestVersion}`);
        continue;
      }
      return await keep(binary, folder, place);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  throw new ConfigError(noneFound(problems));
}

const sources = [
  {
    origin: "the distribution's packages",
    announcement: "No redis-server on PATH: unpacking the distribution's own package into the cache folder …",
    make: unpackPackages,
  },
  {
    origin: 'compiled from source',
    announcement: 'No package to unpack: compiling Redis from source, which takes a few minutes …',
    make: compileRedis,
  },
] as const;

const noneFound = (problems: string[]) =>
  `No Redis ${oldestVersion} or newer was found, and none could be made here:
${problems.map((problem) => `  - ${problem}`).join('\n')}
Three ways to get one:
  1. Install it: apt install redis-server, dnf install valkey, or brew install redis (then start again).
  2. Run it in a container: docker run -d -p 127.0.0.1:6379:6379 redis:7 --appendonly yes --maxmemory-policy noeviction
     and set REDIS_URL=redis://127.0.0.1:6379
  3. Use one that runs elsewhere: set REDIS_URL=redis://:PASSWORD@HOST:6379`;

/** What a start that was killed has left half unpacked. */
async function removeAbandoned(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    const folder = join(cacheDir, name);
    if (!name.startsWith('unpacking-')) continue;
    const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > abandonedMs) await rm(folder, { recursive: true, force: true });
  }
}

async function findOnPath(environment: NodeJS.ProcessEnv): Promise<RedisBinary | undefined> {
  for (const folder of (environment.PATH ?? '').split(delimiter).filter((entry) => entry !== ''))
    for (const name of ['redis-server', 'valkey-server']) {
      const file = resolve(folder, name);
      const runs = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      );
      const binary = runs ? await probeBinary({ file, origin: 'PATH' }) : undefined;
      if (binary !== undefined) return binary;
    }
  return undefined;
}

/** The note inside the folder; its paths are relative, so that the whole project may be moved. */
const cacheNote = z.object({
  file: z.string(),
  libraryPath: z.string().optional(),
  origin: z.enum([sources[0].origin, sources[1].origin]),
});

async function readCached(place: string): Promise<RedisBinary | undefined> {
  const note = await readNote(join(place, 'redis.json'), cacheNote).catch(() => 'unreadable' as const);
  // What a crash has cut off is made anew, and takes its place.
  if (note === 'absent' || note === 'unreadable') return undefined;
  return probeBinary({
    file: join(place, note.file),
    ...(note.libraryPath === undefined
      ? {}
      : { libraryPath: rebase(note.libraryPath, (p) => join(place, p)) }),
    origin: note.origin,
  });
}

async function keep(binary: RedisBinary, folder: string, place: string): Promise<RedisBinary> {
  const { file, libraryPath, origin } = binary;
  const note = {
    file: relative(folder, file),
    ...(libraryPath === undefined
      ? {}
      : { libraryPath: rebase(libraryPath, (path) => relative(folder, path)) }),
    origin,
  };
  await writeFile(join(folder, 'redis.json'), JSON.stringify(note));
  for (const name of ['lists', 'cache', 'packages', 'apt.conf', 'root/usr/share'])
    await rm(join(folder, name), { recursive: true, force: true });

  await rename(folder, place).catch(async () => {
    // Something is there: another process was faster, or a cached Redis that no longer runs.
    if ((await readCached(place)) !== undefined) return;
    const old = await mkdtemp(`${place}-old-`);
    await rename(place, join(old, 'redis')).catch(() => {});
    await rename(folder, place).catch(() => {});
    await rm(old, { recursive: true, force: true });
  });
  const kept = await readCached(place);
  if (kept === undefined) throw new Error(`cannot keep the unpacked Redis in ${place}`);
  return kept;
}

const rebase = (paths: string, change: (path: string) => string) => paths.split(':').map(change).join(':');
