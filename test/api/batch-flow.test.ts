/** Batches whose client, or whose Redis, does not keep up. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startPrivateRedis } from '../../src/queue/private-redis/start.js';
import { startApi, type TestApi } from '../support/api.js';
import { type Answer, answersTo, asLines, openBatch } from '../support/batch.js';
import { heapBytes } from '../support/heap.js';
import { until } from '../support/processes.js';
import { temporaryFolder } from '../support/temporary-folder.js';

async function start(settings: Record<string, string> = {}): Promise<TestApi> {
  const api = await startApi({ JOB_TYPES: 'test/support/job-types', ...settings });
  onTestFinished(() => api.close());
  return api;
}

const sum = (...numbers: number[]) => ({ type: 'calculation', payload: { operation: 'sum', numbers } });
const long = sum(...Array.from({ length: 1_000 }, (_, index) => index));

const jobsIn = ({ queue: { access } }: TestApi) =>
  access.connection.zcard(access.keys.created('calculation'));

const connectionsOf = ({ server }: TestApi) =>
  new Promise<number>((resolve) => {
    server.getConnections((_error, count) => resolve(count));
  });

describe('a client of a batch', () => {
  it('may send all of 10,000 items before it reads a word', async () => {
    const api = await start();
    const { port, hostname } = new URL(api.url);
    const body = asLines(Array.from({ length: 10_000 }, (_, index) => sum(index)));
    const socket = connect(Number(port), hostname).pause();
    onTestFinished(() => void socket.destroy());
    const head = `POST /api/jobs/batch HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/x-ndjson\r\nContent-Length: ${body.length}\r\n\r\n`;
    await new Promise((resolve) => socket.write(`${head}${body}`, resolve));
    // The last answer is made, and only now the first is read.
    await until(async () => (await jobsIn(api)) === 10_000);
    let text = '';
    socket.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
    socket.resume();
    await once(socket, 'close');
    expect(text.match(/"status":202/g)).toHaveLength(10_000);
  }, 60_000);

  it('that does not read is not read from, and nothing piles up', async () => {
    const api = await start();
    const batch = openBatch(api, {}, '/api/jobs/batch?dryRun=true');
    const before = heapBytes();
    let sent = 0;
    const sending = (async () => {
      // More than all buffers on the way hold, in both directions.
      for (; sent < 10_000; sent++) await batch.send(asLines([long]));
      batch.end();
    })();
    const response = await batch.response;
    response.pause();
    let seen = { sent: -1, times: 0 };
    await until(() => {
      seen = sent === seen.sent ? { sent, times: seen.times + 1 } : { sent, times: 0 };
      return seen.times === 50;
    });
    expect(sent).toBeLessThan(10_000);
    expect(heapBytes() - before).toBeLessThan(16_000_000);
    let answered = 0;
    for await (const line of batch.lines()) {
      const { index, status }: Answer = JSON.parse(line);
      expect([index, status]).toEqual([answered, 200]);
      answered += 1;
    }
    await sending;
    expect(answered).toBe(10_000);
  }, 120_000);

  it('that never reads is given up', async () => {
    const api = await start({ BODY_TIMEOUT_MS: '300' });
    const batch = openBatch(api, {}, '/api/jobs/batch?dryRun=true');
    const sending = (async () => {
      for (;;) await batch.send(asLines([long]));
    })();
    sending.catch(() => {});
    const response = await batch.response;
    response.pause();
    response.on('error', () => {});
    await until(async () => (await connectionsOf(api)) === 0);
    batch.abort();
  });

  it('that goes away stops the work', async () => {
    const api = await start();
    const batch = openBatch(api);
    await batch.send(asLines(Array.from({ length: 9_999 }, (_, index) => sum(index))));
    await batch.lines()[Symbol.asyncIterator]().next();
    batch.abort();
    await until(async () => (await connectionsOf(api)) === 0);
    const [answer] = await answersTo(api, asLines([sum(-1)]));
    expect(answer?.status).toBe(202);
    expect(await jobsIn(api)).toBeLessThan(9_999);
  });

  it('that falls silent is told, and keeps what it has', async () => {
    const api = await start({ BODY_TIMEOUT_MS: '200' });
    const batch = openBatch(api);
    await batch.send(asLines([sum(1)]));
    const answers: Answer[] = [];
    for await (const line of batch.lines()) answers.push(JSON.parse(line));
    batch.abort();
    expect(answers).toMatchObject([
      { index: 0, status: 202 },
      { index: 1, status: 408, error: { code: 'request_timeout' } },
    ]);
  });

  it('may take longer than the limit for a single body, as long as it goes on', async () => {
    const api = await start({ BODY_TIMEOUT_MS: '400' });
    const batch = openBatch(api);
    const lines = batch.lines()[Symbol.asyncIterator]();
    const startMs = performance.now();
    let sent = 0;
    for (; performance.now() - startMs < 1_000; sent++) {
      await batch.send(asLines([sum(sent)]));
      await lines.next();
    }
    batch.end();
    expect((await lines.next()).done).toBe(true);
    expect(await jobsIn(api)).toBe(sent);
  });
});

describe('when Redis goes away in the middle of a batch', () => {
  it('answers 503 to each item that follows, and the answer ends well', async () => {
    const redis = await startPrivateRedis({ dataDir: await temporaryFolder(), cacheDir: './.cache' });
    onTestFinished(() => redis.stop());
    const api = await start({ REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '300' });
    // What was loaded meanwhile has held up the event loop, and a connection with so little patience is made anew.
    await until(async () => (await api.http.get('/readyz')).status === 200);
    const batch = openBatch(api, { 'Content-Type': 'application/json' });
    await batch.send(`[${JSON.stringify(sum(0))}`);
    let text = '';
    const response = (await batch.response).setEncoding('utf8');
    response.on('data', (part: string) => {
      text += part;
    });
    await until(() => text.includes('202'));
    const pid = redis.serverPid();
    process.kill(pid, 'SIGSTOP');
    onTestFinished(() => void process.kill(pid, 'SIGCONT'));
    const startMs = performance.now();
    for (let count = 1; count < 1_000; count++) await batch.send(`,\n${JSON.stringify(sum(count))}`);
    await batch.send(', {"type":"nope","payload":{}}]');
    batch.end();
    await once(response, 'end');
    const answers: Answer[] = JSON.parse(text);
    expect(answers).toHaveLength(1_001);
    expect(answers[0]?.status).toBe(202);
    expect(new Set(answers.slice(1, 1_000).map(({ error }) => error?.code))).toEqual(
      new Set(['queue_unavailable']),
    );
    expect(answers[999]?.error?.detail).toContain('not tried');
    expect(answers[1_000]?.status).toBe(422);
    // Redis was waited for once, and not by each item.
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });

  it('answers 503 to each when it is not there from the start', async () => {
    const api = await start({ REDIS_URL: 'redis://127.0.0.1:1', REDIS_TIMEOUT_MS: '200' });
    const answers = await answersTo(api, asLines([sum(1), sum(2)]));
    expect(answers.map(({ status }) => status)).toEqual([503, 503]);
  });
});
