import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startApi } from '../../support/api.js';
import { until } from '../../support/processes.js';
import { testPrefix } from '../../support/redis.js';
import { addReplica, type RedisServer, startCluster } from '../../support/redis-servers.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { failOver } from './fail-over.js';
import { topologyContract } from './topology-contract.js';

topologyContract('a cluster of three nodes', async () => {
  const cluster = await startCluster();
  return { settings: { REDIS_URL: cluster.url }, close: cluster.close };
});

/** Of a cluster in which a node will fail. */
const nodeTimeoutMs = 2_000;

describe('a cluster whose node with our keys fails', () => {
  it('loses no job that a replica has, answers 503 in time meanwhile, and goes on by itself', async () => {
    const cluster = await startCluster(nodeTimeoutMs);
    onTestFinished(cluster.close);
    const masterOf = (prefix: string) => until(() => ownerOf(prefix, cluster.servers));
    await failOver(
      cluster.url,
      async (prefix) => {
        const master = await masterOf(prefix);
        if (cluster.servers.length === 3) await addReplica(cluster, master, nodeTimeoutMs);
        return master;
      },
      (master) => master.kill(),
    );
  });
});

it('follows its slot to the node that takes it over by plan, in API and workers', async () => {
  const cluster = await startCluster();
  onTestFinished(cluster.close);
  const prefix = testPrefix();
  const settings = { REDIS_URL: cluster.url, REDIS_PREFIX: prefix, JOB_TYPES: 'test/support/job-types' };
  const api = await startApi(settings);
  onTestFinished(() => api.close());
  await until(async () => (await api.http.get('/readyz')).status === 200);
  await api.startWorker();
  const folder = await temporaryFolder();
  const { body } = await api.http.post('/api/jobs').send({ type: 'gated', payload: { folder } }).expect(202);
  await api.jobOnce(body.jobId, ({ status }) => status === 'processing');
  const replica = await addReplica(cluster, await until(() => ownerOf(prefix, cluster.servers)));
  await replica.ask((redis) => redis.cluster('FAILOVER'));
  await until(async () => (await ownerOf(prefix, [replica])) !== undefined);
  writeFileSync(join(folder, 'gate'), '');
  const job = await until(async () => {
    const answer = await api.http.get(`/api/jobs/${body.jobId}`);
    // The first to ask is told that the slot has moved.
    return answer.status === 200 && answer.body.status === 'completed' && answer.body;
  });
  expect(job).toMatchObject({ attempts: { made: 1 } });
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
