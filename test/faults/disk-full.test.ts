/**
 * A file store without room. A server runs with a small disk of its own where its files are, in a namespace of mounts;
 * where the system lets nobody do that, with a limit on the size of a file.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startApi } from '../support/api.js';
import { type RunningProcess, runFile } from '../support/processes.js';
import { testPrefix, testRedisUrl } from '../support/redis.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const bytesMax = 2 * 1_048_576;
const fits = randomBytes(300_000);
const isTooMuch = randomBytes(bytesMax - 200_000);

/** Runs a server whose folder `files` has this much room. */
function runOnSmallDisk(file: string, dataDir: string, environment: Record<string, string>): RunningProcess {
  const files = join(dataDir, 'files');
  mkdirSync(files, { recursive: true });
  const mounted = [
    ...['unshare', '--map-root-user', '--mount', 'sh', '-c'],
    ...[`mount -t tmpfs -o size=${bytesMax} none "$0" && exec "$@"`, files],
  ];
  const [program = '', ...args] = [...mounted, 'true'];
  const through = spawnSync(program, args).status === 0 ? mounted : ['prlimit', `--fsize=${bytesMax / 2}`];
  return runFile(file, { environment: { ...environment, DATA_DIR: dataDir, LOG_LEVEL: 'info' }, through });
}

describe('with a full disk for the files', () => {
  it('the API refuses what has no room with 507, keeps what it has, and accepts jobs', async () => {
    const api = runOnSmallDisk('src/index.ts', await temporaryFolder(), {
      REDIS_URL: testRedisUrl(),
      REDIS_PREFIX: testPrefix(),
      PORT: '0',
    });
    const [, url = ''] = await api.says(/"url":"(http:[^"]+)"/);
    const upload = async (bytes: Buffer) => {
      const headers = { 'Content-Type': 'application/octet-stream' };
      const response = await fetch(`${url}/api/files`, { method: 'POST', headers, body: bytes });
      return { status: response.status, body: (await response.json()) as { id?: string; code?: string } };
    };
    const first = await upload(fits);
    expect(first.status).toBe(201);
    // What had no room leaves nothing behind: the disk is not filled up by what is refused.
    for (let time = 0; time < 3; time += 1)
      expect(await upload(isTooMuch)).toMatchObject({ status: 507, body: { code: 'storage_full' } });
    expect((await upload(fits)).status).toBe(201);

    const download = await fetch(`${url}/api/files/${first.body.id}`);
    expect(Buffer.from(await download.arrayBuffer()).equals(fits)).toBe(true);
    const job = { type: 'calculation', payload: { operation: 'sum', numbers: [1, 2] } };
    const submitted = await fetch(`${url}/api/jobs`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(job),
    });
    expect(submitted.status).toBe(202);
    for (const path of ['/livez', '/readyz']) expect((await fetch(url + path)).status).toBe(200);
    api.child.kill('SIGTERM');
    expect(await api.ended).toBe(0);
  });

  it('a job that cannot write waits and tries again, and another worker with room completes it', async () => {
    const settings = { JOB_TYPES: 'test/faults/job-types' };
    const api = await startApi(settings);
    onTestFinished(() => api.close());
    const { redisUrl = '', redisPrefix } = api.config;
    const full = runOnSmallDisk('src/workers/worker-server.ts', await temporaryFolder(), {
      ...settings,
      REDIS_URL: redisUrl,
      REDIS_PREFIX: redisPrefix,
    });
    await full.says(/worker server started/);
    const payload = { bytes: bytesMax + 1 };
    const { body } = await api.http.post('/api/jobs').send({ type: 'file_entry', payload }).expect(202);
    const retrying = await api.jobOnce(body.jobId, ({ status }) => status === 'retrying');
    expect(retrying.error).toMatchObject({ code: 'storage_full' });
    full.child.kill('SIGTERM');
    expect(await full.ended).toBe(0);
    await api.startWorker();
    const job = await api.jobOnce(body.jobId, ({ status }) => status === 'completed');
    expect(job.result).toEqual({ size: payload.bytes });
  });
});
