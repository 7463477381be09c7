/** Two API servers and three workers at once, while clients post, cancel, time out, retry and delete. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type JobBody, startApi, type TestApi } from '../support/api.js';

const settings = { JOB_TYPES: 'test/support/job-types', WORKERS: '8', THREADS: '1' };
let servers: [TestApi, TestApi];

beforeAll(async () => {
  const first = await startApi(settings);
  const same = { REDIS_PREFIX: first.config.redisPrefix, DATA_DIR: first.config.dataDir };
  servers = [first, await startApi({ ...settings, ...same })];
  await Promise.all([first.startWorker(), servers[1].startWorker(), servers[1].startWorker()]);
});
afterAll(async () => {
  await servers[1].close();
  await servers[0].close();
});

/** The same run for the same seed (mulberry32). */
function randomFrom(seed: number) {
  let state = seed;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const ended = ({ status }: JobBody) => ['completed', 'failed', 'cancelled'].includes(status);

function requestFrom(random: (below: number) => number) {
  const options = {
    priority: ['low', 'normal', 'high', 'urgent'][random(4)],
    fairnessKey: `tenant ${random(5)}`,
    tags: [`group-${random(3)}`],
    backoff: { initialMs: 1 + random(20) },
    ...(random(6) === 0 ? { delayMs: random(300) } : {}),
  };
  switch (random(4)) {
    case 0:
      return {
        type: 'misbehaving',
        payload: { deed: 'ignore the signal' },
        options: { ...options, timeoutMs: 100 },
      };
    case 1:
      return { type: 'spinning', payload: { ms: random(20) }, options };
    case 2:
      return { type: 'flaky', payload: { failures: 9 }, options };
    default:
      return { type: 'flaky', payload: { failures: random(3) }, options };
  }
}

it('leaves every job with one end, and nothing behind', { timeout: 120_000 }, async () => {
  const seed = 20_261_124;
  const random = randomFrom(seed);
  const server = () => servers[random(2)] ?? servers[0];
  const ids: string[] = [];
  const cancelled = new Set<string>();

  const cancelOneThatWaits = async () => {
    const request = { ...requestFrom(random), options: { delayMs: 600_000 } };
    const { body } = await server().http.post('/api/jobs').send(request).expect(202);
    ids.push(body.jobId);
    await server().http.post(`/api/jobs/${body.jobId}/cancel`).expect(200);
    cancelled.add(body.jobId);
  };
  const client = async (count: number) => {
    for (let sent = 0; sent < count; sent++) {
      const { body } = await server().http.post('/api/jobs').send(requestFrom(random)).expect(202);
      ids.push(body.jobId);
      if (sent % 8 === 0) await cancelOneThatWaits();
      if (random(4) > 0) continue;
      const victim = ids[random(ids.length)] ?? '';
      const { status } = await server().http.post(`/api/jobs/${victim}/cancel`);
      expect([200, 202, 409]).toContain(status);
      if (status === 200) cancelled.add(victim);
    }
  };
  await Promise.all(Array.from({ length: 6 }, () => client(40)));
  expect(new Set(ids).size).toBe(6 * (40 + 5));

  const jobs = await Promise.all(ids.map((id) => server().jobOnce(id, ended)));
  for (const job of jobs) {
    const ends = ['completedAt', 'failedAt', 'cancelledAt'].filter((name) => job[name] !== undefined);
    expect(ends).toEqual([`${job.status}At`]);
    expect(job.attempts.made).toBeLessThanOrEqual(job.attempts.max);
    expect(job.error === undefined).toBe(job.status === 'completed');
    expect(job.result === undefined).toBe(job.status !== 'completed');
    if (cancelled.has(job.id)) expect(job.status).toBe('cancelled');
  }
  const count = (status: string) => jobs.filter((job) => job.status === status).length;
  expect(count('completed')).toBeGreaterThan(20);
  expect(count('failed')).toBeGreaterThan(20);
  expect(count('cancelled')).toBeGreaterThanOrEqual(6 * 5);

  // The lists agree, at either server.
  for (const status of ['completed', 'failed', 'cancelled'] as const) {
    const listed: string[] = [];
    let next: string | undefined = `/api/jobs?status=${status}&limit=50`;
    while (next !== undefined) {
      const { body }: { body: { jobs: JobBody[]; next?: string } } = await server()
        .http.get(next)
        .expect(200);
      listed.push(...body.jobs.map(({ id }) => id));
      next = body.next === undefined ? undefined : `/api/jobs?status=${status}&limit=50&cursor=${body.next}`;
    }
    expect(listed.sort()).toEqual(
      jobs
        .filter((job) => job.status === status)
        .map(({ id }) => id)
        .sort(),
    );
  }

  // Everything that failed or was cancelled goes again, and comes to an end again.
  const again = jobs.filter(({ status }) => status !== 'completed');
  await Promise.all(again.map(({ id }) => server().http.post(`/api/jobs/${id}/retry`).expect(202)));
  const retried = await Promise.all(again.map(({ id }) => server().jobOnce(id, ended)));
  for (const [index, job] of retried.entries()) {
    expect(job.attempts.made).toBeGreaterThanOrEqual(again[index]?.attempts.made ?? 0);
    expect(job.id).toBe(again[index]?.id);
  }

  // And all of it can be deleted, which leaves no key of a job behind.
  await Promise.all(ids.map((id) => server().http.delete(`/api/jobs/${id}`).expect(204)));
  for (const id of ids) await server().http.get(`/api/jobs/${id}`).expect(410);
  const { connection } = servers[0].queue.access;
  const left = await connection.keys(`${servers[0].config.redisPrefix}*`);
  expect(left.filter((key) => ids.some((id) => key.includes(id)))).toEqual([]);
  for (const { status } of await Promise.all(
    ids.slice(0, 5).map((id) => server().http.delete(`/api/jobs/${id}`)),
  ))
    expect(status).toBe(204);
});
