import { describe, expect, it, onTestFinished } from 'vitest';
import { startApi } from '../../support/api.js';
import { until } from '../../support/processes.js';
import { type RedisServer, startSentinelGroup } from '../../support/redis-servers.js';
import { failOver } from './fail-over.js';
import { topologyContract } from './topology-contract.js';

topologyContract('a Sentinel group', async () => {
  const group = await startSentinelGroup();
  return { settings: { REDIS_URL: group.url }, close: group.close };
});

describe('a Sentinel group whose master fails', () => {
  it('loses no job that a replica has, answers 503 in time meanwhile, and goes on by itself', async () => {
    const group = await startSentinelGroup();
    onTestFinished(group.close);
    const masterOf = () => until(() => firstMaster(group.servers.slice(0, 2)));
    await failOver(group.url, masterOf, (master) => master.kill());
  });

  it('is left for the new master when the old one hangs, with its connections open', async () => {
    const group = await startSentinelGroup();
    onTestFinished(group.close);
    const api = await startApi({ REDIS_URL: group.url, REDIS_TIMEOUT_MS: '300' });
    onTestFinished(() => api.close());
    const payload = { operation: 'sum', numbers: [1] };
    const submit = async () =>
      (await api.http.post('/api/jobs').send({ type: 'calculation', payload })).status;
    await until(async () => (await submit()) === 202);
    group.servers[0]?.child.kill('SIGSTOP');
    expect(await submit()).toBe(503);
    await until(async () => (await submit()) === 202);
  });
});

/** Asked as a client would be: one that is gone, or stopped, is none. */
async function firstMaster(servers: readonly RedisServer[]): Promise<RedisServer | undefined> {
  for (const server of servers.toReversed()) {
    const role = await server.ask((redis) => redis.info('replication')).catch(() => '');
    if (role.includes('role:master')) return server;
  }
  return undefined;
}
