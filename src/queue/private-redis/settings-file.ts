/** What Redis is started with: its password, its socket, and the file that tells it both. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A socket's path ends up in a field of 104 to 108 bytes, depending on the system. */
const socketPathBytesMax = 100;

/**
 * A job is a hash. While none of its fields is longer than this Redis keeps it in one piece of memory, which takes half of what
 * it would otherwise; its default is shorter than most payloads. By its old name, which every version of Redis knows.
 */
const compactBytesMax = 1024;

/** The password of this data folder: random, made once, readable by its owner only. */
export async function passwordOf(folder: string): Promise<string> {
  const file = join(folder, 'password');
  const known = (await readFile(file, 'utf8').catch(() => '')).trim();
  if (/^[0-9a-f]{64}$/.test(known)) {
    await chmod(file, 0o600);
    return known;
  }
  const password = randomBytes(32).toString('hex');
  await writePrivately(file, password);
  return password;
}

/** In the data folder, or in a private temporary one where the path would be too long or sockets do not work. */
export async function placeSocket(folder: string): Promise<string> {
  const here = join(folder, 'redis.sock');
  if (Buffer.byteLength(here) <= socketPathBytesMax && (await holdsSockets(folder))) return here;
  const short =
    [tmpdir(), '/tmp'].find((path) => Buffer.byteLength(path) < socketPathBytesMax - 40) ?? '/tmp';
  return join(await mkdtemp(join(short, 'jobwright-')), 'redis.sock');
}

function holdsSockets(folder: string): Promise<boolean> {
  const file = join(folder, 'probe.sock');
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE'));
    server.listen(file, () => server.close(() => resolve(true)));
  });
}

/** @returns Path of the settings file: the password stays off the command line, where any user could read it. */
export async function writeSettings(folder: string, socketPath: string, password: string): Promise<string> {
  const file = join(folder, 'redis.conf');
  await writePrivately(
    file,
    `# Written at every start.
port 0
unixsocket ${quoted(socketPath)}
unixsocketperm 700
requirepass ${password}
dir ${quoted(folder)}
appendonly yes
appendfsync always
aof-load-truncated yes
save ""
maxmemory-policy noeviction
hash-max-ziplist-value ${compactBytesMax}
daemonize no
`,
  );
  return file;
}

export async function makeFolder(dataDir: string): Promise<string> {
  const folder = join(dataDir, 'redis');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

export async function writePrivately(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
  await rename(draft, file).catch(async (error: unknown) => {
    await rm(draft, { force: true });
    throw error;
  });
}

const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
