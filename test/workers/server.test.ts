import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startPrivateRedis } from '../../src/queue/private-redis/start.js';
import { startApi } from '../support/api.js';
import { runFile } from '../support/processes.js';
import { testPrefix, testRedisUrl } from '../support/redis.js';
import { temporaryFolder } from '../support/temporary-folder.js';

describe('the worker server', () => {
  it.each([
    ['has nothing to do', undefined],
    ['has a job that goes on', { deed: 'ignore the signal' }],
  ])('stops soon after its grace period, with 0, while Redis is away and it %s', async (_what, payload) => {
    const dataDir = await temporaryFolder();
    const redis = await startPrivateRedis({ dataDir, cacheDir: './.cache' });
    onTestFinished(() => redis.stop());
    const settings = {
      REDIS_URL: redis.url,
      JOB_TYPES: 'test/support/job-types',
      SHUTDOWN_GRACE_MS: '300',
      DATA_DIR: dataDir,
    };
    const api = await startApi(settings);
    const worker = runFile('src/workers/worker-server.ts', {
      environment: { ...settings, REDIS_PREFIX: api.config.redisPrefix },
    });
    await worker.says(/worker server started/);
    if (payload !== undefined) {
      const { body } = await api.http
        .post('/api/jobs')
        .send({ type: 'misbehaving', payload, options: { timeoutMs: 60_000 } })
        .expect(202);
      await api.jobOnce(body.jobId, ({ status }) => status === 'processing');
    }
    await api.close();
    await redis.stop();
    await worker.says(/the queue does not answer/);
    const startMs = performance.now();
    worker.child.kill('SIGTERM');
    expect(await worker.ended).toBe(0);
    // `npm start` forces an end 3 s after the grace period.
    expect(performance.now() - startMs).toBeLessThan(300 + 3_000);
  });

  it('names METRICS_ADDR where that address is taken, and says nothing else', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const taken = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    const worker = runFile('src/workers/worker-server.ts', {
      environment: {
        REDIS_URL: testRedisUrl(),
        REDIS_PREFIX: testPrefix(),
        DATA_DIR: await temporaryFolder(),
        METRICS_ADDR: taken,
      },
    });
    expect(await worker.ended).toBe(2);
    expect(worker.said()).toBe(
      `METRICS_ADDR: expected a free port, got ${taken}, where another program listens already\n`,
    );
  });
});
