/** Servers that are started before Redis is there: they answer meanwhile, and work as soon as it is. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startPrivateRedis } from '../../src/queue/private-redis/start.js';
import { runFile, until } from '../support/processes.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { RedisProxy } from './redis-proxy.js';

it('answers each request within 2 s until Redis is there, then accepts and runs jobs', async () => {
  const dataDir = await temporaryFolder();
  const effects = join(dataDir, 'effects');
  await mkdir(effects);
  // An address where nobody listens, until the proxy does.
  const probe = await RedisProxy.open('/nowhere');
  const { port } = probe;
  await probe.close();
  const password = 'b'.repeat(64);
  const environment = {
    REDIS_URL: `redis://:${password}@127.0.0.1:${port}`,
    DATA_DIR: dataDir,
    JOB_TYPES: 'test/faults/job-types',
    PORT: '0',
    LOG_LEVEL: 'info',
  };
  const api = runFile('src/index.ts', { environment });
  const worker = runFile('src/workers/worker-server.ts', { environment });
  const [, url = ''] = await api.says(/"url":"(http:[^"]+)"/);
  await worker.says(/worker server started/);

  const submit = () =>
    fetch(`${url}/api/jobs`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'one' },
      body: JSON.stringify({
        type: 'ledger_entry',
        payload: { folder: effects, number: 1, ms: 0, end: 'complete' },
      }),
    });
  const statuses = async () => {
    const startMs = performance.now();
    const answers = await Promise.all([
      ...[1, 2, 3].map(submit),
      ...['/readyz', '/livez', '/api/jobs', '/api/types', '/api/workers'].map((path) => fetch(url + path)),
    ]);
    expect(performance.now() - startMs).toBeLessThan(2_000);
    return answers.map(({ status }) => status);
  };
  expect(await statuses()).toEqual([503, 503, 503, 503, 200, 503, 200, 503]);

  await mkdir(join(dataDir, 'redis'), { recursive: true });
  await writeFile(join(dataDir, 'redis', 'password'), password);
  const redis = await startPrivateRedis({ dataDir, cacheDir: './.cache' });
  onTestFinished(() => redis.stop());
  const network = await RedisProxy.open(redis.socketPath, port);
  onTestFinished(() => network.close());

  const jobId = await until(async () => {
    const response = await submit();
    return response.status === 202 && ((await response.json()) as { jobId: string }).jobId;
  });
  await until(async () => {
    const { status } = (await (await fetch(`${url}/api/jobs/${jobId}`)).json()) as { status: string };
    return status === 'completed';
  });
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  for (const server of [api, worker]) server.child.kill('SIGTERM');
  expect(await Promise.all([api.ended, worker.ended])).toEqual([0, 0]);
});
