/** The rules of docs/redis.md, and no more of them, are enough for everything. */
import { expect, it, onTestFinished } from 'vitest';
import { startApi } from '../../support/api.js';
import { blocksOf, readText } from '../../support/markdown.js';
import { until } from '../../support/processes.js';
import { type RedisServer, startCluster, startRedis } from '../../support/redis-servers.js';
import { topologyContract } from './topology-contract.js';

/** The words of the command in the document, and those that it adds for a cluster. */
const [rules = [], more = []] = blocksOf(readText('docs/redis.md'), 'text')
  .filter((block) => block.startsWith('ACL SETUSER'))
  .map((block) => block.replaceAll('\\\n', ' ').trim().split(/\s+/).slice(1));

/** What the document says of a user of the Sentinels. */
const sentinelRules = /`(\+sentinel[^`]+)`/.exec(readText('docs/redis.md'))?.[1]?.split(' ') ?? [];

const give = async (server: RedisServer, words: readonly string[]) => {
  await server.ask((redis) => redis.call('ACL', ...words));
};

const urlWithUser = (url: string) => url.replace('//', '//jobwright:PASSWORD@');
const settings = (url: string) => ({ REDIS_URL: urlWithUser(url), REDIS_PREFIX: '{jobwright}' });

topologyContract('a server that grants what is documented', async () => {
  const server = await startRedis();
  await give(server, rules);
  return {
    settings: settings(server.url),
    async close() {
      const log = (await server.ask((redis) => redis.call('ACL', 'LOG'))) as unknown[][];
      const refused = log.map((entry) => entry[entry.indexOf('object') + 1]);
      // That it tells its settings is optional.
      expect([...new Set(refused)]).toEqual(['config|get']);
      await server.close();
    },
  };
});

it('a user of a server can do nothing to what is not ours', async () => {
  const server = await startRedis();
  onTestFinished(server.close);
  await give(server, rules);
  const access = { username: 'jobwright', password: 'PASSWORD' };
  const as = async (...words: [string, ...string[]]) =>
    server.ask(async (redis) => {
      await redis.auth(access.username, access.password);
      return redis.call(...words);
    });
  expect(await as('SET', '{jobwright}:x', '1')).toBe('OK');
  for (const words of [
    ['GET', 'theirs'],
    ['KEYS', '*'],
    ['SCAN', '0'],
    ['FLUSHALL'],
    ['CONFIG', 'SET', 'appendonly', 'no'],
    ['SHUTDOWN'],
    ['PUBLISH', 'theirs', 'x'],
    ['ACL', 'LIST'],
  ] as [string, ...string[]][])
    await expect(as(...words), words.join(' ')).rejects.toThrow('NOPERM');
});

it('a user of the Sentinels needs no more than to ask for the master', async () => {
  const server = await startRedis();
  onTestFinished(server.close);
  await give(server, rules);
  const sentinel = await startRedis({
    sentinel: true,
    settings: [`sentinel monitor mymaster 127.0.0.1 ${server.port} 1`],
  });
  await give(sentinel, ['SETUSER', 'watcher', 'on', '>PW', ...sentinelRules]);
  onTestFinished(sentinel.close);
  const url = `redis-sentinel://127.0.0.1:${sentinel.port}/mymaster?sentinelUsername=watcher&sentinelPassword=PW`;
  const api = await startApi(settings(url));
  onTestFinished(() => api.close());
  await until(async () => (await api.http.get('/readyz')).status === 200);
});

it('the further rules are enough on a cluster', async () => {
  const cluster = await startCluster();
  onTestFinished(cluster.close);
  for (const server of cluster.servers) {
    await give(server, rules);
    await give(server, more);
  }
  const api = await startApi(settings(cluster.url));
  onTestFinished(() => api.close());
  await until(async () => (await api.http.get('/readyz')).status === 200);
  await api.startWorker();
  expect(await api.run('calculation', { operation: 'sum', numbers: [1] })).toMatchObject({
    status: 'completed',
  });
});
