/** Rate limits and quotas over HTTP, on two API servers. */
import { describe, expect, it, onTestFinished } from 'vitest';
import type { TestApi } from '../../support/api.js';
import { entriesOf, startTwo, type TestKey, testKey } from '../../support/keys.js';
import { until } from '../../support/processes.js';

const acme = testKey('acme', { tenant: 'acme', scopes: ['submit', 'read', 'operate'] });
const spare = testKey('spare', { tenant: 'acme', scopes: ['submit', 'read'] });
const globex = testKey('globex', { tenant: 'globex', scopes: ['submit', 'read'] });

async function start(settings: Record<string, string>): Promise<[TestApi, TestApi]> {
  const two = await startTwo({ API_KEYS: entriesOf([acme, spare, globex]), ...settings });
  onTestFinished(() => two.close());
  return two.servers;
}

const list = ({ http }: TestApi, { headers }: TestKey) => http.get('/api/types').set(headers);

describe('KEY_RATE_LIMIT', () => {
  it('bounds the requests of one key, and says where it stands', async () => {
    const [first] = await start({ KEY_RATE_LIMIT: '3', RATE_LIMIT: '100' });
    const answer = await list(first, acme).expect(200);
    expect(answer.headers['ratelimit-policy']).toBe('"address";q=100;w=10, "key";q=3;w=10');
    expect(answer.headers.ratelimit).toMatch(/^"address";r=99;t=\d+, "key";r=2;t=\d+$/);
    for (let n = 0; n < 2; n++) await list(first, acme).expect(200);
    const refused = await list(first, acme).expect(429);
    expect(refused.body.code).toBe('rate_limited');
    expect(refused.body.detail).toMatch(/^More than 3 requests of one key in 10 s; try again in \d+ s\.$/);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    await list(first, spare).expect(200);
    await list(first, globex).expect(200);
  });

  it('is counted by all API servers together', async () => {
    const [first, second] = await start({ KEY_RATE_LIMIT: '200' });
    for (let n = 0; n < 150; n++) await list(first, acme).expect(200);
    let asked = 0;
    await until(async () => {
      asked += 1;
      const { headers } = await list(second, acme).expect(200);
      return Number(/"key";r=(\d+)/.exec(headers.ratelimit ?? '')?.[1]) < 50;
    });
    expect(asked).toBeLessThan(50);
  });

  it('does not count the requests of whoever has no key', async () => {
    const [first] = await start({ KEY_RATE_LIMIT: '2' });
    for (let n = 0; n < 5; n++) {
      await first.http.get('/api/types').expect(401);
      await list(first, testKey('acme', acme.entry)).expect(401);
    }
    await list(first, acme).expect(200);
  });
});

describe('QUEUE_QUOTA', () => {
  let made = 0;
  const sum = () => ({ type: 'calculation', payload: { operation: 'sum', numbers: [++made] } });
  const post = ({ http }: TestApi, { headers }: TestKey, body: object, path = '/api/jobs') =>
    http.post(path).set(headers).send(body);

  it('bounds the unfinished jobs of a tenant, whichever key and server', async () => {
    const [first, second] = await start({ QUEUE_QUOTA: '3' });
    const { body: accepted } = await post(first, acme, sum()).set('Idempotency-Key', 'k').expect(202);
    await post(first, acme, { ...sum(), children: [sum()] }).expect(202);
    for (const [server, key] of [
      [first, acme],
      [second, spare],
    ] as const) {
      const { body, headers } = await post(server, key, sum()).expect(429);
      expect(body.code).toBe('quota_exceeded');
      expect(body.detail).toBe(
        'The tenant acme has 3 unfinished jobs; with 1 more it would have more than 3.',
      );
      expect(headers['retry-after']).toBe('10');
    }
    await post(first, globex, sum()).expect(202);
    // What was accepted before is found again, also without room for more.
    made = 0;
    const again = await post(second, acme, sum()).set('Idempotency-Key', 'k').expect(202);
    expect(again.body).toMatchObject({ jobId: accepted.jobId, reused: 'idempotency_key' });
    // Room again when they have ended, however.
    await first.http.post(`/api/jobs/${accepted.jobId}/cancel`).set(acme.headers).expect(200);
    made = 100;
    await post(second, spare, sum()).expect(202);
    await post(second, spare, sum()).expect(429);
    await first.startWorker();
    await until(async () => (await post(second, spare, sum())).status === 202);
  });

  it('lets as many of a batch through as there is room for', async () => {
    const [first] = await start({ QUEUE_QUOTA: '4' });
    const batch = Array.from({ length: 150 }, sum);
    const { body } = await post(first, acme, batch, '/api/jobs/batch').expect(200);
    const statuses = body.map(({ status }: { status: number }) => status);
    expect(statuses.filter((status: number) => status === 202)).toHaveLength(4);
    expect(statuses.filter((status: number) => status === 429)).toHaveLength(146);
    expect(body[149].error.code).toBe('quota_exceeded');
  });
});

describe('UPLOAD_QUOTA_BYTES', () => {
  const upload = ({ http }: TestApi, { headers }: TestKey, bytes: number) =>
    http
      .post('/api/files?name=notes.txt')
      .set({ ...headers, 'Content-Type': 'text/plain' })
      .send('x'.repeat(bytes));

  it('bounds what a tenant uploads in a day, before it is read', async () => {
    const [first, second] = await start({ UPLOAD_QUOTA_BYTES: '1000' });
    await upload(first, acme, 600).expect(201);
    const { body, headers } = await upload(second, spare, 401).expect(429);
    expect(body.code).toBe('quota_exceeded');
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    await upload(second, spare, 400).expect(201);
    await upload(second, acme, 1).expect(429);
    await upload(first, globex, 1_000).expect(201);
  });

  it('gives back what was not stored, and holds for a body of unknown length', async () => {
    const [first] = await start({ UPLOAD_QUOTA_BYTES: '1000' });
    const send = (bytes: number) =>
      fetch(`${first.url}/api/files?name=notes.txt`, {
        method: 'POST',
        headers: { ...acme.headers, 'Content-Type': 'text/plain' },
        body: new Blob(['x'.repeat(bytes)]).stream(),
        duplex: 'half',
      });
    expect((await send(1_001)).status).toBe(429);
    await first.http
      .post('/api/files')
      .set({ ...acme.headers, 'Content-Type': 'image/png' })
      .send('no image')
      .expect(415);
    expect((await send(500)).status).toBe(201);
    expect((await send(500)).status).toBe(201);
    expect((await send(1)).status).toBe(429);
  });

  it('holds for uploads at the same time', async () => {
    const servers = await start({ UPLOAD_QUOTA_BYTES: '1000' });
    const statuses = await Promise.all(
      Array.from(
        { length: 20 },
        async (_, n) => (await upload(servers[n % 2] ?? servers[0], acme, 100)).status,
      ),
    );
    expect(statuses.filter((status) => status === 201)).toHaveLength(10);
  });
});
