/** What holds on every arrangement of Redis: all that the platform promises, once through, over HTTP with a worker. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JobBody, startApi, type TestApi } from '../../support/api.js';
import { answersTo } from '../../support/batch.js';
import { EventClient } from '../../support/event-client.js';
import { until } from '../../support/processes.js';
import { remoteServer } from '../../support/remote-server.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

export interface Topology {
  /** Environment variables that lead to it. */
  settings: Record<string, string>;
  close(): Promise<void>;
}

const types = { JOB_TYPES: 'test/support/job-types', OUTBOUND_ALLOW: '127.0.0.0/8' };
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const fine = { type: 'flaky', payload: { failures: 0 } };
const failing = { type: 'misbehaving', payload: { deed: 'declared' } };
const later = { delayMs: 3_600_000 };
const ended = ({ status }: JobBody) => ['completed', 'failed', 'cancelled'].includes(status);

export function topologyContract(name: string, start: () => Promise<Topology>): void {
  describe(`on ${name}`, () => {
    let topology: Topology;
    let api: TestApi;
    beforeAll(async () => {
      topology = await start();
      api = await startApi({ ...types, WEBHOOK_SECRETS: secret, ...topology.settings });
      await until(async () => (await api.http.get('/readyz')).status === 200);
      await api.startWorker();
    });
    afterAll(async () => {
      await api.close();
      await topology.close();
    });

    const post = (body: object) => api.http.post('/api/jobs').send(body).expect(202);
    const submit = async (body: object): Promise<string> => (await post(body)).body.jobId;

    it('a worker runs what is submitted, with retries, and tells its failed attempts', async () => {
      const job = await api.run('flaky', { failures: 2 });
      expect(job).toMatchObject({ status: 'completed', result: { attempt: 3 }, attempts: { made: 3 } });
      const { body } = await api.http.get(`/api/jobs/${job.id}/attempts`).expect(200);
      expect(body.attempts).toHaveLength(2);
      expect(await api.run('misbehaving', { deed: 'declared' })).toMatchObject({ status: 'failed' });
    });

    it('a request waits for the end of its job', async () => {
      const { body } = await api.http.post('/api/jobs').set('Prefer', 'wait=20').send(fine).expect(200);
      expect(body).toMatchObject({ status: 'completed' });
    });

    it('an idempotency key stands for one job, and identical work is shared', async () => {
      const keyed = () => api.http.post('/api/jobs').set('Idempotency-Key', 'k-1').send(fine);
      const [first, second] = await Promise.all([keyed(), keyed()]);
      expect(second.body.jobId).toBe(first.body.jobId);
      const shared = { type: 'shared', payload: { folder: await temporaryFolder() } };
      const id = await submit(shared);
      await api.jobOnce(id, ended);
      expect((await post(shared)).body).toMatchObject({ jobId: id, reused: 'cached' });
    });

    it('a batch is submitted in one go', async () => {
      const answers = await answersTo(api, JSON.stringify(Array.from({ length: 20 }, () => fine)), {
        'Content-Type': 'application/json',
      });
      const ids = answers.map(({ jobId = '' }) => jobId);
      for (const id of ids) await api.jobOnce(id, ended);
      expect(new Set(ids).size).toBe(20);
    });

    it('a tree runs from its leaves, over the queues of several types', async () => {
      const id = await submit({
        type: 'gathering',
        payload: {},
        children: [fine, { ...fine, options: { tags: ['leaf'] } }],
      });
      const job = await api.jobOnce(id, ended);
      expect(job).toMatchObject({ status: 'completed', result: { children: [{ status: 'completed' }, {}] } });
      const { body } = await api.http.get(`/api/jobs/${id}/tree`).expect(200);
      expect(body.root.children).toHaveLength(2);
    });

    it('jobs are listed by type, status, tag and error, cancelled, promoted, retried and deleted', async () => {
      const [first, second] = await Promise.all([
        submit({ ...fine, options: { ...later, tags: ['blue'] } }),
        submit({ ...fine, options: { ...later, tags: ['blue'] } }),
      ]);
      const ids = async (query: string): Promise<string[]> => {
        const { body } = await api.http.get(`/api/jobs?${query}`).expect(200);
        return body.jobs.map(({ id }: JobBody) => id).sort();
      };
      expect(await ids('tag=blue')).toEqual([first, second].sort());
      expect(await ids('status=scheduled&type=flaky')).toEqual([first, second].sort());
      await api.http.post(`/api/jobs/${first}/cancel`).expect(200);
      await api.http.post(`/api/jobs/${second}/promote`).expect(200);
      await api.jobOnce(second, ({ status }) => status === 'completed');
      await api.http.post(`/api/jobs/${first}/retry`).expect(202);
      await api.jobOnce(first, ({ status }) => status === 'completed');
      const lost = await submit(failing);
      const { error } = await api.jobOnce(lost, ended);
      // It is noted after the end.
      await until(async () => (await ids(`error=${error?.code}&type=misbehaving`)).includes(lost));
      await api.http.delete(`/api/jobs/${lost}`).expect(204);
      await api.http.get(`/api/jobs/${lost}`).expect(410);
    });

    it('a running job is cancelled, and its events are heard as they happen', async () => {
      const folder = await temporaryFolder();
      const id = await submit({ type: 'gated', payload: { folder } });
      const client = await EventClient.open(`${api.url}/api/jobs/${id}/events`);
      await until(() => existsSync(join(folder, `begun-${process.pid}`)));
      await api.http.post(`/api/jobs/${id}/cancel`);
      await api.jobOnce(id, ({ status }) => status === 'cancelled');
      await until(() => client.events.some(({ data }) => data.status === 'cancelled'));
    });

    it('all events are heard, and why a job waits is told', async () => {
      const client = await EventClient.open(`${api.url}/api/events`);
      const id = await submit({ ...fine, options: later });
      await until(() => client.events.some(({ data }) => data.jobId === id));
      const { body } = await api.http.get(`/api/jobs/${id}/why`).expect(200);
      expect(body.reasons[0]).toMatchObject({ code: 'scheduled' });
      expect((await api.http.get('/api/workers').expect(200)).body.workers).toHaveLength(1);
    });

    it('a schedule makes a job each time', async () => {
      const schedule = { id: 'each-second', ...fine, everyMs: 1_000 };
      await api.http.post('/api/schedules').send(schedule).expect(201);
      const run = await until(async () => {
        const { body } = await api.http.get('/api/schedules/each-second').expect(200);
        return (body.lastJobId ?? body.lastRun?.jobId) as string | undefined;
      });
      await api.jobOnce(run, ended);
      await api.http.delete('/api/schedules/each-second').expect(204);
    });

    it('the end of a job is told to its callback', async () => {
      const receiver = await remoteServer((_request, response) => response.writeHead(204).end());
      await submit({ ...fine, options: { callbackUrl: `${receiver.origin}/hook` } });
      await until(() => receiver.requests.length === 1);
    });

    it('a bulk operation finds what it means', async () => {
      const waiting = await Promise.all(
        [1, 2, 3].map(() => submit({ ...fine, options: { ...later, tags: ['heap'] } })),
      );
      const { body } = await api.http
        .post('/api/bulk')
        .send({ action: 'cancel', filter: { tag: 'heap' } })
        .expect(202);
      await api.jobOnce(body.jobId, ({ status }) => status === 'completed');
      for (const id of waiting) await api.jobOnce(id, ({ status }) => status === 'cancelled');
    });

    it('the server is ready while jobs run', async () => {
      const folder = await temporaryFolder();
      const id = await submit({ type: 'gated', payload: { folder } });
      await until(() => existsSync(join(folder, `begun-${process.pid}`)));
      writeFileSync(join(folder, 'gate'), '');
      await api.jobOnce(id, ({ status }) => status === 'completed');
      expect((await api.http.get('/readyz').expect(200)).body).toMatchObject({ redis: { status: 'up' } });
    });
  });
}
