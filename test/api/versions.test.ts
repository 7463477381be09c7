/** A rolling deployment, in both directions: two versions of one type, at API servers and worker servers. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { startApi, type TestApi } from '../support/api.js';
import { testPrefix } from '../support/redis.js';

/** Servers that know one version each, on the same Redis. */
async function deployment() {
  const prefix = testPrefix();
  const start = async (version: string) => {
    const api = await startApi({ JOB_TYPES: `test/support/versions/${version}`, REDIS_PREFIX: prefix });
    onTestFinished(() => api.close());
    return api;
  };
  return { v1: await start('v1'), v2: await start('v2') };
}

const submit = async (api: TestApi, payload: object): Promise<string> =>
  (await api.http.post('/api/jobs').send({ type: 'greeting_card', payload }).expect(202)).body.jobId;
const reasons = async (api: TestApi, id: string): Promise<string[]> =>
  (await api.http.get(`/api/jobs/${id}/why`).expect(200)).body.reasons.map(
    ({ code }: { code: string }) => code,
  );
const ended = ({ status }: { status: string }) => status === 'completed' || status === 'failed';

describe('a type of which two versions are deployed', () => {
  it('runs a job of version 1 in a worker of version 2, upgraded', async () => {
    const { v1, v2 } = await deployment();
    const id = await submit(v1, { to: 'Ada' });
    await v2.startWorker();
    const job = await v2.jobOnce(id, ended);
    expect(job).toMatchObject({ status: 'completed', version: 1, attempts: { made: 1 } });
    // As it was accepted, also where it is read by the newer.
    expect(job.payload).toEqual({ to: 'Ada' });
  });

  it('never spends an attempt on a job of version 2 in a worker of version 1', async () => {
    const { v1, v2 } = await deployment();
    const old = await v1.startWorker();
    const id = await submit(v2, { recipient: 'Emmy', wish: 'many happy returns' });
    // Taken, looked at, and put aside.
    await v2.jobOnce(id, ({ startedAt }) => startedAt !== undefined);
    const waiting = await v2.jobOnce(id, ({ status }) => status === 'pending');
    expect(waiting).toMatchObject({ version: 2, attempts: { made: 0 } });
    expect(await reasons(v2, id)).toContain('no_worker_for_version');
    // One of version 1 goes its way meanwhile.
    const other = await submit(v1, { to: 'Ada' });
    expect(await v1.jobOnce(other, ended)).toMatchObject({ status: 'completed' });
    await v2.startWorker();
    const job = await v2.jobOnce(id, ended);
    expect(job).toMatchObject({ status: 'completed', attempts: { made: 1 } });
    await old.stop();
  });

  it('completes jobs of both while workers of both are there', async () => {
    const { v1, v2 } = await deployment();
    await v1.startWorker();
    await v2.startWorker();
    const ids = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        index % 2 === 0
          ? submit(v1, { to: 'Ada' })
          : submit(v2, { recipient: 'Emmy', wish: 'many happy returns' }),
      ),
    );
    const jobs = await Promise.all(ids.map((id) => v2.jobOnce(id, ended)));
    expect(jobs.map(({ status }) => status)).toEqual(jobs.map(() => 'completed'));
    expect(jobs.map(({ attempts }) => attempts.made)).toEqual(jobs.map(() => 1));
  });
});
