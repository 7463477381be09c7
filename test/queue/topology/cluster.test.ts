import { describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../../support/processes.js';
import { joinCluster, type RedisServer, startCluster } from '../../support/redis-servers.js';
import { failOver } from './fail-over.js';
import { topologyContract } from './topology-contract.js';

topologyContract('a cluster of three nodes', async () => {
  const cluster = await startCluster();
  return { settings: { REDIS_URL: cluster.url }, close: cluster.close };
});

describe('a cluster whose node with our keys fails', () => {
  it('loses no job that a replica has, answers 503 in time meanwhile, and goes on by itself', async () => {
    const cluster = await startCluster();
    onTestFinished(cluster.close);
    const masterOf = (prefix: string) => until(() => ownerOf(prefix, cluster.servers));
    await failOver(
      cluster.url,
      async (prefix) => {
        const master = await masterOf(prefix);
        if (cluster.servers.length === 3) await replicate(master, await joinCluster(cluster));
        return master;
      },
      (master) => master.kill(),
    );
  });
});

/** The master that has the slot, as a node tells it that answers. */
async function ownerOf(prefix: string, servers: readonly RedisServer[]): Promise<RedisServer | undefined> {
  for (const server of servers) {
    const isOwner = await server
      .ask(
        async (redis) =>
          (await redis.info('replication')).includes('role:master') && (await redis.exists(prefix)) === 0,
      )
      .catch(() => false);
    if (isOwner) return server;
  }
  return undefined;
}

async function replicate(master: RedisServer, replica: RedisServer): Promise<void> {
  const id = await master.ask((redis) => redis.cluster('MYID'));
  await until(() =>
    replica
      .ask((redis) => redis.cluster('REPLICATE', id))
      .then(
        () => true,
        () => false,
      ),
  );
  await until(() =>
    replica.ask((redis) => redis.info('replication').then((info) => info.includes('master_link_status:up'))),
  );
  expect(await replica.ask((redis) => redis.info('replication'))).toContain('role:slave');
}
