import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startApiServer } from '../../src/api/server.js';
import { createLogger } from '../../src/log.js';
import { jobEventSchema } from '../../src/models/job-event.js';
import { ownKeys } from '../../src/queue/keys.js';
import { startApi, type TestApi } from '../support/api.js';
import { EventClient } from '../support/event-client.js';
import { testConnection, testEvents, testJobId } from '../support/events.js';
import { until } from '../support/processes.js';

const settings = { JOB_TYPES: 'test/support/job-types', EVENT_HEARTBEAT_MS: '50' };

let api: TestApi;
beforeAll(async () => {
  api = await startApi(settings);
  await api.startWorker();
});
afterAll(() => api.close());

interface RunningJob {
  id: string;
  path: string;
  /** Lets it complete. */
  finish(): Promise<void>;
}

/** A job that runs until it may end, at the end of the test at the latest. */
async function startJob(): Promise<RunningJob> {
  const folder = await mkdtemp(join(tmpdir(), 'jobwright-test-'));
  const { body } = await api.http.post('/api/jobs').send({ type: 'gated', payload: { folder } }).expect(202);
  await api.jobOnce(body.jobId, ({ status }) => status === 'processing');
  const finish = () => writeFile(join(folder, 'gate'), '');
  onTestFinished(async () => {
    await finish();
    await api.jobOnce(body.jobId, ({ status }) => status === 'completed');
    await rm(folder, { recursive: true });
  });
  return { id: body.jobId, path: `/api/jobs/${body.jobId}/events`, finish };
}

const line = (jobId: string, message: string) => ({ jobId, kind: 'log', attempt: 1, message }) as const;
const lines = (jobId: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => line(jobId, String(from + index)));
const messagesOf = (client: EventClient) => client.of('log').map(({ data }) => data.message);
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => String(from + index));

const open = (path: string, lastEventId?: string) => EventClient.open(api.url + path, lastEventId);

describe('GET /api/jobs/:id/events', () => {
  it('begins with the job, tells what happens to it, and ends with its end', async () => {
    const job = await startJob();
    const { tell } = testEvents(api.config.redisPrefix);
    const client = await open(job.path);
    expect(client.response.statusCode).toBe(200);
    expect(client.response.headers).toMatchObject({
      'content-type': expect.stringMatching(/^text\/event-stream/),
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const first = await client.first(() => true);
    expect(first).toMatchObject({ event: 'job', data: { id: job.id, status: 'processing', links: {} } });
    expect(first.lastEventId).toMatch(/^\d+-\d+$/);
    await tell({ jobId: job.id, kind: 'progress', percent: 40 }, line(job.id, 'half\r\nof\nit'));
    expect((await client.first(({ event }) => event === 'progress')).data).toMatchObject({
      jobId: job.id,
      type: 'gated',
      percent: 40,
    });
    expect((await client.first(({ event }) => event === 'log')).data.message).toBe('half\r\nof\nit');
    await job.finish();
    await client.until(({ isEnded }) => isEnded);
    expect(client.of('status').at(-1)?.data).toMatchObject({ status: 'completed' });
    expect(client.events.slice(-2)).toMatchObject([
      { event: 'job', data: { id: job.id, status: 'completed', result: { pid: process.pid } } },
      { event: 'end', data: { jobId: job.id } },
    ]);
    expect(client.retryMs).toBeGreaterThan(0);
    const told = client.events.filter(({ event }) => !['job', 'end'].includes(event));
    expect(told.map(({ data }) => jobEventSchema.parse(data).kind)).toEqual(told.map(({ event }) => event));
  });

  it('tells all that a real processor reports: its statuses, progress that only grows, every line', async () => {
    const { body } = await api.http
      .post('/api/jobs')
      .send({ type: 'tree_growth', payload: { stageMs: 120 } })
      .expect(202);
    const client = await open(`/api/jobs/${body.jobId}/events`);
    await client.until(({ isEnded }) => isEnded);
    const [begin] = client.events;
    const statuses = [begin, ...client.of('status')].map((told) => told?.data.status);
    // What the job was at the beginning may be told once more, by the event that was on its way.
    const changes = statuses.filter((status, index) => status !== statuses[index - 1]);
    expect(changes.filter((status) => status !== 'pending')).toEqual(['processing', 'completed']);
    const percents = client.of('progress').map(({ data }) => data.percent);
    expect(percents.length).toBeGreaterThan(3);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
    const { body: kept } = await api.http.get(`/api/jobs/${body.jobId}/logs?limit=1000`).expect(200);
    expect(kept.lines.length).toBeGreaterThan(5);
    expect(messagesOf(client).slice(-5)).toEqual(
      kept.lines.slice(-5).map(({ message }: { message: string }) => message),
    );
    expect(client.events.at(-1)?.event).toBe('end');
  });

  it('answers 204 to a client that comes back and knows the end', async () => {
    const { id } = await api.run('calculation', { operation: 'sum', numbers: [1, 2] });
    const client = await open(`/api/jobs/${id}/events`);
    await client.until(({ isEnded }) => isEnded);
    expect(client.events).toMatchObject([{ event: 'job', data: { result: { sum: 3 } } }, { event: 'end' }]);
    const back = await open(`/api/jobs/${id}/events`, client.lastEventId);
    expect(back.response.statusCode).toBe(204);
    await api.http.get(`/api/jobs/${id}/events?lastEventId=${client.lastEventId}`).expect(204);
  });

  it('answers 204 also to one that was told the final status and no more', async () => {
    const { id } = await api.run('calculation', { operation: 'sum', numbers: [1, 2] });
    const { tell, connection } = testEvents(api.config.redisPrefix);
    await tell({ jobId: id, kind: 'status', status: 'completed', attempt: 1 });
    const [[statusId = ''] = []] = await connection.xrevrange(
      ownKeys(api.config.redisPrefix).events,
      '+',
      '-',
      'COUNT',
      1,
    );
    const back = await open(`/api/jobs/${id}/events`, statusId);
    expect(back.response.statusCode).toBe(204);
  });

  it('tells the end to a client that left before it, and what came before the end', async () => {
    const job = await startJob();
    const client = await open(job.path);
    await client.first(({ event }) => event === 'job');
    client.close();
    const { tell } = testEvents(api.config.redisPrefix);
    await tell(...lines(job.id, 0, 3));
    await job.finish();
    await api.jobOnce(job.id, ({ status }) => status === 'completed');
    const back = await open(job.path, client.lastEventId);
    await back.until(({ isEnded }) => isEnded);
    expect(messagesOf(back)).toEqual(numbers(0, 3));
    expect(back.of('status').at(-1)?.data.status).toBe('completed');
    expect(back.events.at(-1)?.event).toBe('end');
    expect((await open(job.path, back.lastEventId)).response.statusCode).toBe(204);
  });

  it('goes on after 200 events that were told while the client was away: none lost, none twice', async () => {
    const job = await startJob();
    const { tell } = testEvents(api.config.redisPrefix);
    const client = await open(job.path);
    await tell(...lines(job.id, 0, 10));
    await client.until(() => messagesOf(client).length === 10);
    client.close();
    await tell(...lines(job.id, 10, 210));
    const back = await open(job.path, client.lastEventId);
    await tell(...lines(job.id, 210, 220));
    await back.until(() => messagesOf(back).length >= 210);
    expect(messagesOf(back)).toEqual(numbers(10, 220));
    expect(back.of('job')).toEqual([]);
  });

  it('loses nothing and repeats nothing while events come and the client leaves again and again', async () => {
    const job = await startJob();
    const { tell } = testEvents(api.config.redisPrefix);
    let client = await open(job.path);
    const received: string[] = [];
    const telling = (async () => {
      for (let from = 0; from < 3_000; from += 20) await tell(...lines(job.id, from, from + 20));
    })();
    for (;;) {
      const wanted = Math.min(received.length + 100, 3_000);
      await client.until(() => received.length + messagesOf(client).length >= wanted);
      client.close();
      received.push(...messagesOf(client));
      if (received.length >= 3_000) break;
      client = await open(job.path, client.lastEventId);
    }
    await telling;
    expect(received).toEqual(numbers(0, 3_000));
  });

  it.each(['1-0', 'nonsense', '9999999999999-5'])(
    'tells of a gap and then the job as it is now to a client that comes back with %s',
    async (lastEventId) => {
      const job = await startJob();
      const { tell } = testEvents(api.config.redisPrefix, 100);
      await tell(...lines(job.id, 0, 1_000));
      const client = await open(job.path, lastEventId);
      await client.first(({ event }) => event === 'job');
      expect(client.events).toMatchObject([
        { event: 'gap', data: { detail: expect.stringContaining('no longer kept') } },
        { event: 'job', data: { status: 'processing' } },
      ]);
      await tell(line(job.id, 'after'));
      await client.first(({ event }) => event === 'log');
      expect(messagesOf(client)).toEqual(['after']);
    },
  );

  it('tells an end that no event told, because who waits also looks', async () => {
    const own = await startApi(settings);
    onTestFinished(() => own.close());
    const { body } = await own.http
      .post('/api/jobs')
      .send({ type: 'calculation', payload: { operation: 'sum', numbers: [1] } })
      .expect(202);
    const client = await EventClient.open(`${own.url}/api/jobs/${body.jobId}/events`);
    await client.first(({ event }) => event === 'job');
    // A worker that says nothing of what it does.
    const worker = new Worker('calculation', async () => ({ sum: 1 }), {
      connection: testConnection(),
      prefix: own.config.redisPrefix,
    });
    onTestFinished(() => worker.close());
    await client.until(({ isEnded }) => isEnded);
    expect(client.events.slice(-3)).toMatchObject([
      { event: 'status', data: { status: 'completed', type: 'calculation', jobId: body.jobId } },
      { event: 'job', data: { status: 'completed', result: { sum: 1 } } },
      { event: 'end' },
    ]);
  });

  it('goes on when an event says that the job is over and it is not', async () => {
    const job = await startJob();
    const { tell } = testEvents(api.config.redisPrefix);
    const client = await open(job.path);
    await tell({ jobId: job.id, kind: 'status', status: 'failed', attempt: 1 });
    await client.until(() => client.of('job').length === 2);
    expect(client.of('job').at(-1)?.data.status).toBe('processing');
    await tell(line(job.id, 'still here'));
    await client.first(({ event }) => event === 'log');
  });

  it('gives signs of life, with the position, so that what concerns others is not read again', async () => {
    const job = await startJob();
    const { tell, connection } = testEvents(api.config.redisPrefix);
    const client = await open(job.path);
    await client.until(({ beats }) => beats > 3);
    await tell(...lines(testJobId(), 0, 5));
    const [[latest = ''] = []] = await connection.xrevrange(
      ownKeys(api.config.redisPrefix).events,
      '+',
      '-',
      'COUNT',
      1,
    );
    await client.until(({ lastEventId }) => lastEventId === latest);
    expect(messagesOf(client)).toEqual([]);
  });

  it.each(['calculation_01h455vb4pex5vsknk084sn02q', 'wait', '*'])(
    'answers 404 to %s before a stream begins',
    async (id) => {
      const response = await api.http.get(`/api/jobs/${encodeURIComponent(id)}/events`).expect(404);
      expect(response.body.code).toBe('job_not_found');
    },
  );

  it('answers HEAD with the head of the stream, and ends', async () => {
    const job = await startJob();
    await api.http
      .head(job.path)
      .expect(200)
      .expect('Content-Type', /^text\/event-stream/);
    await api.http.head('/api/jobs/calculation_01h455vb4pex5vsknk084sn02q/events').expect(404);
  });
});

describe('GET /api/events', () => {
  it('tells what happens to all jobs', async () => {
    const [first, second] = [testJobId(), testJobId('file_processing')];
    const { tell } = testEvents(api.config.redisPrefix);
    const client = await open('/api/events');
    await tell(line(first, 'a'), line(second, 'b'), { jobId: second, kind: 'deleted' });
    await client.first(({ event, data }) => event === 'deleted' && data.jobId === second);
    expect(messagesOf(client)).toEqual(['a', 'b']);
  });

  it('filters by type and by kind', async () => {
    const [first, second] = [testJobId(), testJobId('file_processing')];
    const { tell } = testEvents(api.config.redisPrefix);
    const client = await open('/api/events?type=file_processing,data_enrichment&kind=log&kind=deleted');
    await tell(line(first, 'a'), { jobId: second, kind: 'progress', percent: 1 }, line(second, 'b'));
    await tell({ jobId: first, kind: 'deleted' }, { jobId: second, kind: 'deleted' });
    await client.first(({ event }) => event === 'deleted');
    expect(client.events.map(({ event, data }) => [event, data.jobId])).toEqual([
      ['log', second],
      ['deleted', second],
    ]);
  });

  it('goes on after what came while the client was away, also when it had been told nothing yet', async () => {
    const { tell } = testEvents(api.config.redisPrefix);
    const client = await open('/api/events?kind=log&type=calculation');
    await client.until(({ lastEventId }) => lastEventId !== '');
    client.close();
    const jobId = testJobId();
    await tell(...lines(jobId, 0, 1_500));
    const back = await open('/api/events?kind=log&type=calculation', client.lastEventId);
    await tell(...lines(jobId, 1_500, 1_510));
    await back.until(() => messagesOf(back).length >= 1_510);
    expect(messagesOf(back)).toEqual(numbers(0, 1_510));
    expect(back.of('gap')).toEqual([]);
  });

  it('tells of a gap and then what is left', async () => {
    const { tell } = testEvents(api.config.redisPrefix, 100);
    const jobId = testJobId();
    await tell(...lines(jobId, 0, 1_000));
    const client = await open('/api/events?kind=log', '1-0');
    await client.until(() => messagesOf(client).at(-1) === '999');
    expect(client.events[0]).toMatchObject({ event: 'gap' });
    const left = messagesOf(client);
    expect(left.length).toBeGreaterThanOrEqual(99);
    expect(left).toEqual(numbers(1_000 - left.length, 1_000));
  });

  it('answers 422 for a type, a kind or a filter that there is not, each with a hint', async () => {
    const { body } = await api.http.get('/api/events?type=calculaton&kind=status,logs&kinds=log').expect(422);
    expect(body.errors).toEqual([
      { pointer: 'type', code: 'invalid_value', message: expect.stringContaining('"calculation"?') },
      { pointer: 'kind', code: 'invalid_value', message: expect.stringContaining('"log"?') },
      { pointer: 'kinds', code: 'unknown_field', message: expect.stringContaining('"kind"?') },
    ]);
  });

  it('answers HEAD, and ends', async () => {
    await api.http
      .head('/api/events')
      .expect(200)
      .expect('Content-Type', /^text\/event-stream/);
  });
});

describe('a server of streams', () => {
  it('is subscribed to nothing when nobody listens', async () => {
    const job = await startJob();
    const connection = testConnection();
    const subscriptions = async () =>
      Number((await connection.pubsub('NUMSUB', ownKeys(api.config.redisPrefix).eventsOf(job.id)))[1]);
    expect(await subscriptions()).toBe(0);
    const patterns = Number(await connection.pubsub('NUMPAT'));
    const clients = await Promise.all([open(job.path), open(job.path), open('/api/events')]);
    expect(await subscriptions()).toBe(1);
    expect(Number(await connection.pubsub('NUMPAT'))).toBe(patterns + 1);
    for (const client of clients) client.close();
    await until(async () => (await subscriptions()) === 0);
    await until(async () => Number(await connection.pubsub('NUMPAT')) === patterns);
  });

  it('cuts off a client that does not read', async () => {
    const job = await startJob();
    const connection = testConnection();
    const channel = ownKeys(api.config.redisPrefix).eventsOf(job.id);
    const listening = async () => Number((await connection.pubsub('NUMSUB', channel))[1]) > 0;
    const { port, hostname } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {});
    socket.write(`GET ${job.path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    socket.pause();
    await until(listening);
    const { tell } = testEvents(api.config.redisPrefix);
    const long = 'x'.repeat(2_000);
    await until(async () => {
      await tell(...Array.from({ length: 500 }, () => line(job.id, long)));
      return !(await listening());
    });
  });

  it('holds no more streams than its limit, and has room again when one ends', async () => {
    const own = await startApi({ ...settings, STREAMS_MAX: '2' });
    onTestFinished(() => own.close());
    const [first] = [
      await EventClient.open(`${own.url}/api/events`),
      await EventClient.open(`${own.url}/api/events`),
    ];
    const { body, headers } = await own.http.get('/api/events').expect(503);
    expect(body).toMatchObject({ code: 'too_many_streams', detail: expect.stringContaining('2 streams') });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    first?.close();
    await until(async () => {
      const client = await EventClient.open(`${own.url}/api/events`);
      return client.response.statusCode === 200;
    });
  });

  it('answers 503 when Redis is away', async () => {
    const own = await startApi({ ...settings, REDIS_URL: 'redis://127.0.0.1:1', REDIS_TIMEOUT_MS: '200' });
    onTestFinished(() => own.close());
    for (const path of ['/api/events', `/api/jobs/${testJobId()}/events`, `/api/jobs/${testJobId()}/logs`])
      expect((await own.http.get(path).expect(503)).body.code).toBe('queue_unavailable');
  });

  it('ends its streams at once when it stops, and answers those who wait', async () => {
    const job = await startJob();
    const config = { ...api.config, port: 0, shutdownGraceMs: 20_000 };
    const server = await startApiServer(config, createLogger(config, 'test'));
    const client = await EventClient.open(server.url + job.path);
    const all = await EventClient.open(`${server.url}/api/events`);
    await client.first(({ event }) => event === 'job');
    // A job that nobody else listens to, so that its channel tells when the request waits.
    const other = await startJob();
    const waiting = fetch(`${server.url}/api/jobs/${other.id}`, { headers: { Prefer: 'wait=50' } });
    const connection = testConnection();
    const channel = ownKeys(config.redisPrefix).eventsOf(other.id);
    await until(async () => (await connection.pubsub('NUMSUB', channel))[1] === 1);
    const startMs = performance.now();
    await server.stop();
    expect(performance.now() - startMs).toBeLessThan(3_000);
    await client.until(({ isEnded }) => isEnded);
    await all.until(({ isEnded }) => isEnded);
    expect((await waiting).status).toBe(200);
  });

  it('keeps nobody waiting who comes while it stops', async () => {
    const job = await startJob();
    const stopping = await startApi({ ...settings, REDIS_PREFIX: api.config.redisPrefix });
    onTestFinished(() => stopping.close());
    stopping.events.close();
    const startMs = performance.now();
    const { body } = await stopping.http
      .get(job.path.replace('/events', ''))
      .set('Prefer', 'wait=20')
      .expect(200);
    expect(body.status).toBe('processing');
    expect(performance.now() - startMs).toBeLessThan(3_000);
  });
});

describe('GET /api/jobs/:id/logs', () => {
  it('answers what the processor logged, in pages', async () => {
    const { id } = await api.run('misbehaving', { deed: 'none' });
    const connection = testConnection();
    const key = `${api.config.redisPrefix}:misbehaving:${id}:logs`;
    const at = '2026-11-03T09:30:00.000Z';
    await connection.del(key);
    await connection.rpush(key, `${at} 1 first`, 'of another form', `${at} 2 two\nlines`, '');
    const all = await api.http.get(`/api/jobs/${id}/logs`).expect(200);
    expect(all.body).toEqual({
      lines: [
        { index: 0, at, attempt: 1, message: 'first' },
        { index: 1, message: 'of another form' },
        { index: 2, at, attempt: 2, message: 'two\nlines' },
        { index: 3, message: '' },
      ],
      total: 4,
    });
    const page = await api.http.get(`/api/jobs/${id}/logs?from=1&limit=2`).expect(200);
    expect(page.body).toEqual({ lines: all.body.lines.slice(1, 3), total: 4 });
    expect((await api.http.get(`/api/jobs/${id}/logs?from=9`)).body).toEqual({ lines: [], total: 4 });
  });

  it('has what a real processor logged', async () => {
    const { id } = await api.run('misbehaving', { deed: 'none' });
    const { body } = await api.http.get(`/api/jobs/${id}/logs`).expect(200);
    expect(body).toMatchObject({ total: 1, lines: [{ message: 'about to: none' }] });
  });

  it.each(['from=-1', 'limit=0', 'limit=abc', 'limit=1e9', 'limit=1.5', 'limit=1001', 'page=2'])(
    'answers 422 for %s, which names the parameter',
    async (query) => {
      const { id } = await api.run('misbehaving', { deed: 'none' });
      const { body } = await api.http.get(`/api/jobs/${id}/logs?${query}`).expect(422);
      expect(body.errors).toMatchObject([{ pointer: query.split('=')[0] }]);
    },
  );

  it('answers 404 for a job that there is not', async () => {
    const { body } = await api.http.get('/api/jobs/calculation_01h455vb4pex5vsknk084sn02q/logs').expect(404);
    expect(body.code).toBe('job_not_found');
  });
});
