/** What readiness says of real servers with settings under which jobs may be lost. */
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { RedisFlaw } from '../src/models/health.js';
import { connectImpatiently } from '../src/queue/connection.js';
import { disablingFlaws, redisFlaws } from '../src/queue/redis-facts.js';
import { readText, tableOf } from './support/markdown.js';
import { until } from './support/processes.js';
import { testReadiness } from './support/readiness.js';
import { testRedisUrl } from './support/redis.js';
import { type RedisServer, startRedis } from './support/redis-servers.js';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.close());

async function lookAt(url = server.url, settings: Record<string, string> = {}) {
  const connection = connectImpatiently(url, 1_500);
  connection.on('error', () => {});
  onTestFinished(() => connection.disconnect());
  await until(() => connection.status === 'ready');
  return { connection, ...(await testReadiness(connection, url, settings)) };
}

/** For one test; what it was before is restored. */
async function set(values: Record<string, string>): Promise<void> {
  const change = (to: Record<string, string>) =>
    server.ask(async (redis) => {
      for (const [name, value] of Object.entries(to)) await redis.config('SET', name, value);
    });
  const before = await server.ask(async (redis) => {
    const answers = await Promise.all(Object.keys(values).map((name) => redis.config('GET', name)));
    return Object.fromEntries(answers as [string, string][]);
  });
  onTestFinished(() => change(before));
  await change(values);
}

const flaws = (codes: readonly RedisFlaw[]) => codes.map((code) => ({ code, detail: redisFlaws[code] }));

describe('the readiness of Redis', () => {
  it('finds nothing wrong with an append-only file and noeviction', async () => {
    const { readiness, told } = await lookAt();
    const report = await readiness.look();
    expect(report).toMatchObject({ status: 'up', redis: { status: 'up', role: 'master' } });
    expect(report.redis.flaws).toBeUndefined();
    expect(told).toEqual([]);
  });

  it.each([
    ['a policy that throws jobs away', { 'maxmemory-policy': 'allkeys-lru' }, ['evicts']],
    ['no persistence', { appendonly: 'no', save: '' }, ['not_persistent']],
    ['snapshots only', { appendonly: 'no', save: '3600 1' }, ['snapshots_only']],
    ['a file that is never flushed', { appendfsync: 'no' }, ['never_flushed']],
    ['all of it', { 'maxmemory-policy': 'volatile-ttl', appendonly: 'no' }, ['evicts', 'not_persistent']],
  ] satisfies [string, Record<string, string>, RedisFlaw[]][])('tells of %s', async (_, settings, codes) => {
    await set(settings);
    const warned = await lookAt();
    expect(await warned.readiness.look()).toMatchObject({ status: 'up', redis: { flaws: flaws(codes) } });
    expect(warned.told).toEqual([codes]);
    const refused = await lookAt(server.url, { REDIS_UNSAFE: 'refuse' });
    expect(await refused.readiness.look()).toMatchObject({
      status: 'down',
      redis: { status: 'down', reason: codes.map((code) => redisFlaws[code]).join(' ') },
    });
  });

  it('is down when it is full, and up again when there is room', async () => {
    await set({ maxmemory: '100kb' });
    const { readiness, clock } = await lookAt();
    expect(await readiness.look()).toMatchObject({ status: 'down', redis: { reason: redisFlaws.full } });
    await server.ask((redis) => redis.config('SET', 'maxmemory', '0'));
    // It is not asked each time.
    expect(await readiness.look()).toMatchObject({ status: 'down' });
    clock.nowMs += 10_000;
    expect(await readiness.look()).toMatchObject({ status: 'up' });
  });

  it('is down on a replica', async () => {
    const replica = await startRedis({ settings: [`replicaof 127.0.0.1 ${server.port}`] });
    onTestFinished(replica.close);
    const { readiness } = await lookAt(replica.url);
    expect(await readiness.look()).toMatchObject({
      status: 'down',
      redis: { role: 'replica', reason: redisFlaws.replica },
    });
  });

  it('is down on a node of a cluster that is named as if it were alone', async () => {
    const node = await startRedis({ settings: ['cluster-enabled yes'] });
    onTestFinished(node.close);
    const { readiness } = await lookAt(node.url);
    expect(await readiness.look()).toMatchObject({
      status: 'down',
      redis: { reason: `${redisFlaws.cluster_node} Redis refuses (CLUSTERDOWN).` },
    });
  });

  it.each([
    ['CONFIG', '-config', ['appendfsync']],
    ['CONFIG and INFO', '-config -info', ['version', 'role', 'maxmemory-policy', 'persistence']],
  ])('says what it does not know where the user may not ask %s', async (_, rules, unknown) => {
    await server.ask((redis) =>
      redis.call('ACL', 'SETUSER', 'curious', 'reset', 'on', '>pw', '~*', '&*', '+@all', ...rules.split(' ')),
    );
    const { readiness } = await lookAt(`redis://curious:pw@127.0.0.1:${server.port}`, {
      REDIS_UNSAFE: 'refuse',
    });
    expect(await readiness.look()).toMatchObject({ status: 'up', redis: { unknown } });
  });
});

describe('the readiness of the file store', () => {
  it('is down while its folder cannot be written, and is tried again', async () => {
    const { readiness, clock, config } = await lookAt(testRedisUrl());
    const folder = join(config.dataDir, 'files');
    // Also for a user whom no mode keeps out.
    await writeFile(folder, 'in the way');
    const reason = 'The file store cannot be written.';
    expect(await readiness.look()).toMatchObject({
      status: 'down',
      redis: { status: 'up' },
      files: { reason },
    });
    await rm(folder);
    await mkdir(folder);
    await chmod(folder, 0o700);
    clock.nowMs += 10_000;
    expect(await readiness.look()).toMatchObject({ status: 'up', files: { status: 'up' } });
  });
});

it('docs/redis.md has every flaw with when it holds, and whether it keeps a server from being ready', () => {
  const { rows } = tableOf(readText('docs/redis.md'), 'code');
  expect(rows).toEqual(
    Object.entries(redisFlaws).map(([code, when]) => [
      `\`${code}\``,
      when,
      disablingFlaws.has(code as RedisFlaw) ? 'no' : '`REDIS_UNSAFE`',
    ]),
  );
});
