/** Where real processes tell their figures, and what they tell when one of them dies. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startApi } from '../support/api.js';
import { runFile, until } from '../support/processes.js';
import { mistakesIn, scrape } from '../support/prometheus.js';
import { testPrefix, testRedisUrl } from '../support/redis.js';
import { temporaryFolder } from '../support/temporary-folder.js';

describe('an API server', () => {
  it('tells its figures at METRICS_ADDR as well as at its own port', async () => {
    const api = runFile('src/index.ts', {
      environment: {
        REDIS_URL: testRedisUrl(),
        REDIS_PREFIX: testPrefix(),
        DATA_DIR: await temporaryFolder(),
        PORT: '0',
        METRICS_ADDR: '127.0.0.1:0',
      },
    });
    const [, url = ''] = await api.says(/"url":"([^"]+)","msg":"API server listening"/);
    const [, metricsUrl = ''] = await api.says(/"url":"([^"]+)","msg":"metrics"/);
    for (const each of [`${url}/metrics`, metricsUrl]) {
      const { text, value } = await scrape(each);
      expect(mistakesIn(text)).toEqual([]);
      expect(value('jobwright_build_info', { role: 'api' })).toBe(1);
    }
    api.child.kill('SIGTERM');
    expect(await api.ended).toBe(0);
  });
});

describe('a worker server', () => {
  it('counts the job that another one lost', async () => {
    const settings = { JOB_TYPES: 'test/support/job-types', LOCK_MS: '1000' };
    const api = await startApi({ ...settings, METRICS_ADDR: '127.0.0.1:0' });
    onTestFinished(() => api.close());
    const folder = await temporaryFolder();
    const { redisUrl, redisPrefix, dataDir } = api.config;
    const lost = runFile('src/workers/worker-server.ts', {
      environment: {
        ...settings,
        REDIS_URL: redisUrl,
        REDIS_PREFIX: redisPrefix,
        DATA_DIR: dataDir,
        METRICS_ADDR: 'none',
      },
    });
    await lost.says(/worker server started/);
    const { body } = await api.http
      .post('/api/jobs')
      .send({ type: 'gated', payload: { folder } })
      .expect(202);
    await until(() => existsSync(join(folder, `begun-${lost.pid}`)));
    process.kill(lost.pid, 'SIGKILL');
    const { url = '' } = await api.startWorker();
    const stalled = { type: 'gated', lane: 'short' };
    const after = await until(async () => {
      const latest = await scrape(`${url}/metrics`);
      return latest.value('jobwright_jobs_stalled_total', stalled) === 1 && latest;
    });
    expect(after.value('jobwright_jobs_failed_total')).toBe(0);
    writeFileSync(join(folder, 'gate'), '');
    await api.jobOnce(body.jobId, ({ status }) => status === 'completed');
    await until(async () => {
      const { value } = await scrape(`${url}/metrics`);
      return value('jobwright_jobs_completed_total', stalled) === 1;
    });
    // It had started before, at the other one, so nothing is known of how long it had waited.
    expect(after.value('jobwright_job_queue_time_seconds', stalled)).toBe(0);
  });
});
