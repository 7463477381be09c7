import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from '../../support/api.js';
import { entriesOf, testKey } from '../../support/keys.js';

const origin = 'https://app.example.com';
const key = testKey('page', { tenant: 'acme', scopes: ['submit', 'read'] });
const job = { type: 'calculation', payload: { operation: 'sum', numbers: [1] } };

describe('pages of other origins', () => {
  let closed: TestApi;
  let open: TestApi;
  beforeAll(async () => {
    closed = await startApi();
    open = await startApi({ CORS_ORIGINS: `${origin},http://localhost:5173`, API_KEYS: entriesOf([key]) });
  });
  afterAll(() => Promise.all([closed.close(), open.close()]));

  const preflight = (api: TestApi, from: string) =>
    api.http.options('/api/jobs').set({
      Origin: from,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization',
    });

  const granted = (headers: Record<string, string>) =>
    Object.keys(headers).filter((name) => name.startsWith('access-control-'));

  it('are told nothing by default', async () => {
    expect(granted((await preflight(closed, origin)).headers)).toEqual([]);
    expect(granted((await closed.http.get('/api/types').set('Origin', origin).expect(200)).headers)).toEqual(
      [],
    );
  });

  it('may call it from an origin that is named, before there is a key to be asked for', async () => {
    const { headers } = await preflight(open, origin).expect(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, POST, PATCH, DELETE',
      'access-control-max-age': '600',
      vary: expect.stringContaining('Origin'),
    });
    expect(headers['access-control-allow-headers']).toContain('Authorization');
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    const accepted = await open.http
      .post('/api/jobs')
      .set({ Origin: origin, ...key.headers })
      .send(job)
      .expect(202);
    expect(accepted.headers['access-control-allow-origin']).toBe(origin);
    for (const name of [
      'Location',
      'Retry-After',
      'RateLimit',
      'X-Request-Id',
      'Idempotency-Replayed',
      'ETag',
      'Link',
    ])
      expect(accepted.headers['access-control-expose-headers']).toContain(name);
  });

  it('may read the problems, too', async () => {
    const { headers } = await open.http.get('/api/jobs').set('Origin', origin).expect(401);
    expect(headers['access-control-allow-origin']).toBe(origin);
  });

  it.each([
    'https://evil.example.com',
    'https://app.example.com.evil.com',
    'http://app.example.com',
    'https://app.example.com:8443',
    'null',
    '',
  ])('are told nothing where the origin is %j', async (from) => {
    const answer = await preflight(open, from);
    expect(granted(answer.headers)).toEqual([]);
    expect(answer.headers.vary).toContain('Origin');
  });

  it.each(['cross-site', 'same-site'])(
    'change nothing, where a browser sends it without asking (%s)',
    async (site) => {
      const form = { Origin: 'https://evil.example.com', 'Sec-Fetch-Site': site };
      const { body } = await closed.http
        .post('/api/files?name=a.txt')
        .set({ ...form, 'Content-Type': 'text/plain' })
        .send('planted')
        .expect(403);
      expect(body.code).toBe('forbidden');
      await closed.http.get('/api/types').set(form).expect(200);
    },
  );

  it('change nothing where the browser came by plain HTTP, and says nothing but its origin', async () => {
    const post = (from: string) =>
      closed.http.post('/api/jobs').set({ Host: 'localhost:3000', Origin: from }).send(job);
    for (const from of ['http://evil.example.com', 'http://localhost:8080', 'null'])
      expect((await post(from).expect(403)).body.code).toBe('forbidden');
    await post('http://localhost:3000').expect(202);
  });

  it('leave its own pages and other programs alone', async () => {
    for (const site of ['same-origin', 'none', ''])
      await closed.http.post('/api/jobs').set('Sec-Fetch-Site', site).send(job).expect(202);
    await open.http
      .post('/api/jobs')
      .set({ Origin: origin, 'Sec-Fetch-Site': 'cross-site', ...key.headers })
      .send(job)
      .expect(202);
  });
});
