import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../../src/config.js';
import { redisAddress } from '../../../src/queue/redis-address.js';
import { startApi } from '../../support/api.js';
import { type Certificates, makeCertificates, readCertificates } from '../../support/certificates.js';
import { until } from '../../support/processes.js';
import { freePort, type RedisServer, startRedis } from '../../support/redis-servers.js';

let folder: string;
let certificates: Certificates;
let server: RedisServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jobwright-test-'));
  certificates = await makeCertificates(folder);
  server = await startTlsRedis();
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** Takes TLS connections only, from clients that show a certificate of the same authority. */
async function startTlsRedis(settings: string[] = [], sentinel = false): Promise<RedisServer> {
  const port = await freePort();
  const { ca, cert, key } = certificates;
  const tls = [
    'port 0',
    `tls-port ${port}`,
    `tls-ca-cert-file ${ca}`,
    `tls-cert-file ${cert}`,
    `tls-key-file ${key}`,
  ];
  return startRedis({
    port,
    sentinel,
    settings: [...tls, 'tls-replication yes', ...settings],
    access: { tls: await readCertificates(certificates) },
  });
}

const settings = () => ({
  REDIS_TLS_CA_FILE: certificates.ca,
  REDIS_TLS_CERT_FILE: certificates.cert,
  REDIS_TLS_KEY_FILE: certificates.key,
});

async function runsAJobOn(url: string): Promise<void> {
  const api = await startApi({ REDIS_URL: url, ...settings() });
  onTestFinished(() => api.close());
  await until(async () => (await api.http.get('/readyz')).status === 200);
  await api.startWorker();
  const job = await api.run('calculation', { operation: 'sum', numbers: [1, 2] });
  expect(job).toMatchObject({ status: 'completed' });
}

describe('TLS', () => {
  it.each(['localhost', '127.0.0.1'])('is spoken to a server that proves to be %s', async (host) => {
    await runsAJobOn(`rediss://${host}:${server.port}`);
  });

  it('is spoken to the nodes of a cluster', async () => {
    const node = await startTlsRedis(['cluster-enabled yes', 'tls-cluster yes']);
    onTestFinished(node.close);
    const slots = Array.from({ length: 16_384 }, (_, slot) => slot);
    await node.ask((redis) => redis.cluster('ADDSLOTS', ...slots));
    await runsAJobOn(`rediss-cluster://127.0.0.1:${node.port}`);
  });

  it('is spoken to Sentinels, and to the master that they name', async () => {
    const sentinel = await startTlsRedis([`sentinel monitor mymaster 127.0.0.1 ${server.port} 1`], true);
    onTestFinished(sentinel.close);
    await runsAJobOn(`rediss-sentinel://127.0.0.1:${sentinel.port}/mymaster`);
  });

  it('is not spoken to a server that nobody vouches for', async () => {
    const { REDIS_TLS_CA_FILE: _, ...own } = settings();
    const api = await startApi({ REDIS_URL: `rediss://localhost:${server.port}`, ...own });
    onTestFinished(() => api.close());
    await api.http.get('/readyz').expect(503);
  });

  it('needs files that can be read', () => {
    const config = loadConfig({}, { REDIS_TLS_CA_FILE: '/nowhere/ca.pem' });
    expect(() => redisAddress(config)).toThrow(
      'REDIS_TLS_CA_FILE: expected a file that can be read, got "/nowhere/ca.pem"',
    );
  });
});
