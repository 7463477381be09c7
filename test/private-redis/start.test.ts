import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { appendFile, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../src/config.js';
import { connectPatiently } from '../../src/queue/connection.js';
import { resolveRedisUrl } from '../../src/queue/private-redis/resolve-url.js';
import { type PrivateRedis, startPrivateRedis } from '../../src/queue/private-redis/start.js';
import { gone, runFile, until } from '../support/processes.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const cacheDir = './.cache';

async function start(dataDir: string, log?: (line: string) => void): Promise<PrivateRedis> {
  const redis = await startPrivateRedis({ dataDir, cacheDir, ...(log === undefined ? {} : { log }) });
  onTestFinished(() => redis.stop());
  return redis;
}

function connect(redis: { url: string }): Redis {
  const client = connectPatiently(redis.url);
  client.on('error', () => {});
  onTestFinished(() => client.disconnect());
  return client;
}

const modeOf = async (file: string) => ((await stat(file)).mode & 0o777).toString(8);

describe('the private Redis', () => {
  it('keeps every write, refuses to forget, keeps jobs small, and tells its origin', async () => {
    const folder = await temporaryFolder();
    const redis = await start(folder);
    const client = connect(redis);
    const setting = async (name: string) => (await client.config('GET', name)) as string[];
    expect(await setting('appendonly')).toEqual(['appendonly', 'yes']);
    expect(await setting('appendfsync')).toEqual(['appendfsync', 'always']);
    expect(await setting('maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    await client.hset('job', 'data', 'x'.repeat(1_000));
    expect(await client.object('ENCODING', 'job')).toMatch(/listpack|ziplist/);
    expect(await setting('aof-load-truncated')).toEqual(['aof-load-truncated', 'yes']);
    expect(redis.description).toContain(`${redis.binary.product} ${redis.binary.version}`);
    expect(redis.description).toContain(redis.socketPath);
  });

  it('asks for a password, which its owner alone can read and no command line shows', async () => {
    const folder = await temporaryFolder();
    const redis = await start(folder);
    const stranger = new Redis({
      path: redis.socketPath,
      retryStrategy: () => null,
      enableReadyCheck: false,
    });
    stranger.on('error', () => {});
    onTestFinished(() => stranger.disconnect());
    await expect(stranger.get('key')).rejects.toThrow('NOAUTH');
    const password = new URL(redis.url).password;
    expect(password).toMatch(/^[0-9a-f]{64}$/);
    expect(await readFile(join(folder, 'redis/password'), 'utf8')).toBe(password);
    for (const name of ['password', 'redis.conf', 'running.json'])
      expect(await modeOf(join(folder, 'redis', name)), name).toBe('600');
    expect(await modeOf(join(folder, 'redis'))).toBe('700');
    for (const pid of processesIn(redis.watchdogPid()))
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(password);
  });

  it('listens on a socket that others may not open, and on no port', async () => {
    const redis = await start(await temporaryFolder());
    const client = connect(redis);
    expect(await client.config('GET', 'port')).toEqual(['port', '0']);
    expect(await client.info('server')).toContain('tcp_port:0');
    expect(await modeOf(redis.socketPath)).toBe('700');
  });

  it.each([
    ['spaces and letters of any language', 'my data – größe'],
    ['more bytes than a socket may have', 'x'.repeat(110)],
  ])('runs in a folder whose path has %s', async (_what, name) => {
    const folder = join(await temporaryFolder(), name);
    const redis = await start(folder);
    expect(await connect(redis).ping()).toBe('PONG');
    expect(await modeOf(dirname(redis.socketPath))).toBe('700');
    expect(await resolveRedisUrl(loadConfig({}, { DATA_DIR: folder }))).toBe(redis.url);
    await redis.stop();
    expect(existsSync(redis.socketPath)).toBe(false);
    if (name.length > 100) expect(existsSync(dirname(redis.socketPath))).toBe(false);
  });

  it('leaves nothing running when it is stopped, and has the data when it is started again', async () => {
    const folder = await temporaryFolder();
    const first = await start(folder);
    await connect(first).set('key', 'value');
    const pids = [first.serverPid(), ...processesIn(first.watchdogPid())];
    await first.stop();
    await gone(...pids);
    expect(existsSync(first.socketPath)).toBe(false);
    expect(existsSync(join(folder, 'redis/running.json'))).toBe(false);

    const second = await start(folder);
    expect(await connect(second).get('key')).toBe('value');
    expect(second.url).toBe(first.url);
  });

  it('comes back on the same socket, with its data, after kill -9', async () => {
    const redis = await start(await temporaryFolder());
    const client = connect(redis);
    await client.set('key', 'value');
    const pid = redis.serverPid();
    process.kill(pid, 'SIGKILL');
    await gone(pid);
    // The client reconnects by itself: the address has not changed.
    expect(await client.get('key')).toBe('value');
    await until(() => redis.serverPid() !== pid);
  });

  it('comes back after kill -9 of its watchdog, and is never there twice', async () => {
    const redis = await start(await temporaryFolder());
    const client = connect(redis);
    await client.set('key', 'value');
    const [pid, watchdog] = [redis.serverPid(), redis.watchdogPid()];
    process.kill(watchdog, 'SIGKILL');
    await until(() => redis.watchdogPid() !== watchdog);
    await gone(pid, watchdog);
    expect(await client.get('key')).toBe('value');
  });

  it('ends with its owner, killed with -9', async () => {
    const owner = runFile('test/private-redis/owner.ts', { args: [await temporaryFolder(), cacheDir] });
    const [, redis, watchdog] = await owner.says(/redis (\d+) watchdog (\d+) ready/);
    process.kill(owner.pid, 'SIGKILL');
    await gone(owner.pid, Number(redis), Number(watchdog));
  });

  it.runIf(existsSync('/proc'))('is stopped by the next start where nobody is left to watch it', async () => {
    const folder = await temporaryFolder();
    const owner = runFile('test/private-redis/owner.ts', { args: [folder, cacheDir] });
    const [, redis, watchdog] = (await owner.says(/redis (\d+) watchdog (\d+) ready/)).map(Number);
    // Stopped first, so that it cannot see to its Redis while it loses everything else.
    process.kill(owner.pid, 'SIGSTOP');
    for (const pid of processesIn(watchdog ?? -1)) if (pid !== redis) process.kill(pid, 'SIGKILL');
    process.kill(owner.pid, 'SIGKILL');
    await gone(owner.pid, watchdog ?? -1);

    const client = connect({ url: await resolveRedisUrl(loadConfig({}, { DATA_DIR: folder })) });
    await client.set('key', 'value');
    const said: string[] = [];
    const next = await start(folder, (line) => said.push(line));
    expect(said).toEqual(['Stopped a Redis that was left behind.']);
    await gone(redis ?? -1);
    expect(await connect(next).get('key')).toBe('value');
  });

  it('starts on a log whose last write was cut off', async () => {
    const folder = await temporaryFolder();
    const first = await start(folder);
    await connect(first).set('key', 'value');
    await first.stop();
    const logs = await readdir(join(folder, 'redis/appendonlydir'));
    const log = logs.find((name) => name.endsWith('.incr.aof')) ?? '';
    await appendFile(join(folder, 'redis/appendonlydir', log), '*3\r\n$3\r\nSET\r\n$5\r\nothe');
    expect(await connect(await start(folder)).get('key')).toBe('value');
  });

  it.each(['', '{"url":', '{}', 'null'])('starts where its note of an earlier run is %j', async (text) => {
    const folder = await temporaryFolder();
    await (await start(folder)).stop();
    await writeFile(join(folder, 'redis/running.json'), text);
    const config = loadConfig({}, { DATA_DIR: folder });
    await expect(resolveRedisUrl(config)).rejects.toThrow('no private Redis runs');
    const redis = await start(folder);
    expect(await resolveRedisUrl(config)).toBe(redis.url);
  });

  it('says why it does not start', async () => {
    const folder = await temporaryFolder();
    await (await start(folder)).stop();
    await writeFile(join(folder, 'redis/appendonlydir/appendonly.aof.manifest'), 'rubbish\n');
    await expect(start(folder)).rejects.toThrow(/private Redis ended at once .*redis\.log.*manifest/s);
  });
});

describe('resolveRedisUrl', () => {
  it('takes the configured one first', async () => {
    const config = (environment: Record<string, string>) => loadConfig({}, environment);
    expect(await resolveRedisUrl(config({ REDIS_URL: 'redis://example.test' }))).toBe('redis://example.test');
    expect(await resolveRedisUrl(config({ REDIS_HOST: 'h', REDIS_PORT: '7000' }))).toBe('redis://h:7000');
  });

  it('never falls back to a private one in production', async () => {
    const folder = await temporaryFolder();
    await start(folder);
    const config = loadConfig({}, { NODE_ENV: 'production', DATA_DIR: folder });
    await expect(resolveRedisUrl(config)).rejects.toThrow(
      /REDIS_URL: expected .* got nothing\. In production/,
    );
  });

  it('says what to do where none runs, also when one was killed', async () => {
    const folder = await temporaryFolder();
    const config = loadConfig({}, { DATA_DIR: folder });
    await expect(resolveRedisUrl(config)).rejects.toThrow(/no private Redis runs on .*npm start.*REDIS_URL/s);
    const owner = runFile('test/private-redis/owner.ts', { args: [folder, cacheDir] });
    const [, redis] = await owner.says(/redis (\d+) watchdog (\d+) ready/);
    process.kill(owner.pid, 'SIGKILL');
    await gone(Number(redis));
    await expect(resolveRedisUrl(config)).rejects.toThrow('no private Redis runs');
  });
});

/** Pids of a process group; none where there is no /proc. */
function processesIn(group: number): number[] {
  if (!existsSync('/proc')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => groupOf(name) === group)
    .map(Number);
}

function groupOf(pid: string): number {
  try {
    return Number(
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[2],
    );
  } catch {
    return -1;
  }
}
