import { createServer, type RequestOptions, request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startApi, type TestApi } from '../support/api.js';
import { redisThatAnswers } from '../support/readiness.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

describe('probes', () => {
  it('GET /livez says that the process is up', async () => {
    const { body, headers } = await api.http.get('/livez').expect(200);
    expect(body).toEqual({ status: 'up' });
    expect(headers['cache-control']).toBe('no-store');
  });

  it.each(['/readyz', '/health'])('GET %s says how Redis is and how many workers live', async (path) => {
    const { body } = await api.http.get(path).expect(200);
    expect(body).toEqual({
      status: 'up',
      redis: redisThatAnswers,
      files: { status: 'up' },
      registry: { status: 'up', types: 6 },
      workers: {
        alive: 0,
        types: {
          calculation: 0,
          file_processing: 0,
          data_enrichment: 0,
          tree_growth: 0,
          callback_delivery: 0,
          bulk_operation: 0,
        },
      },
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      uptimeSeconds: expect.any(Number),
    });
  });

  it('counts a worker while it lives', async () => {
    const own = await startApi();
    try {
      const worker = await own.startWorker();
      await expect.poll(async () => (await own.http.get('/readyz')).body.workers.alive).toBe(1);
      await worker.stop();
      expect((await own.http.get('/readyz')).body.workers.alive).toBe(0);
    } finally {
      await own.close();
    }
  });
});

describe('when Redis is down', () => {
  it.each([
    ['refuses connections', 'redis://127.0.0.1:1'],
    ['cannot be found', 'redis://nowhere.invalid:6379'],
  ])('answers 503 with Retry-After within 2 s when it %s, and stays alive', async (_, url) => {
    const own = await startApi({ REDIS_URL: url });
    try {
      const startMs = performance.now();
      const response = await own.http
        .post('/api/jobs')
        .send({ type: 'calculation', payload: { operation: 'sum', numbers: [1] } })
        .expect(503);
      expect(response.body.code).toBe('queue_unavailable');
      expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
      await own.http.get('/api/jobs/calculation_01h455vb4pex5vsknk084sn02q').expect(503);
      expect(performance.now() - startMs).toBeLessThan(2_000);
      expect((await own.http.get('/readyz').expect(503)).body).toMatchObject({
        status: 'down',
        redis: { status: 'down' },
      });
      await own.http.get('/livez').expect(200);
    } finally {
      await own.close();
    }
  });

  it('answers 503 within 2 s when it accepts connections and says nothing', async () => {
    const silent = createServer(() => {});
    silent.on('connection', (socket) => socket.removeAllListeners('data'));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const own = await startApi({
      REDIS_URL: `redis://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    });
    try {
      const startMs = performance.now();
      await own.http.get('/api/jobs/calculation_01h455vb4pex5vsknk084sn02q').expect(503);
      expect(performance.now() - startMs).toBeLessThan(2_000);
    } finally {
      await own.close();
      silent.closeAllConnections();
      await new Promise((resolve) => silent.close(resolve));
    }
  });
});

describe('the contracts', () => {
  it('GET /api/types lists every type with schemas, policy and examples', async () => {
    const { body } = await api.http.get('/api/types').expect(200);
    expect(body.types.map(({ type }: { type: string }) => type)).toEqual([
      'calculation',
      'file_processing',
      'data_enrichment',
      'tree_growth',
      'callback_delivery',
      'bulk_operation',
    ]);
    expect(body.types.filter(({ internal }: { internal: boolean }) => internal)).toHaveLength(2);
    for (const type of body.types) {
      expect(type.policy).toMatchObject({ attempts: expect.any(Number), timeoutMs: expect.any(Number) });
      expect(type.payloadSchema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema' });
      expect(type.examples.length).toBeGreaterThan(0);
    }
  });

  it('GET /api/types/:type answers one, and 404 with a hint for a near miss', async () => {
    const { body } = await api.http.get('/api/types/calculation').expect(200);
    expect(body).toMatchObject({ type: 'calculation', links: { self: '/api/types/calculation' } });
    const miss = await api.http.get('/api/types/file-processing').expect(404);
    expect(miss.body).toMatchObject({ code: 'type_not_found' });
    expect(miss.body.detail).toContain('did you mean "file_processing"?');
  });

  it('GET /api/errors/:code describes a code, and 404 with a hint for another', async () => {
    const { body } = await api.http.get('/api/errors/validation_failed').expect(200);
    expect(body).toMatchObject({ code: 'validation_failed', status: 422, retry: false });
    const miss = await api.http.get('/api/errors/validation-failed').expect(404);
    expect(miss.body.detail).toContain('did you mean "validation_failed"?');
  });
});

describe('the documentation', () => {
  it('GET /openapi.json and /openapi.yaml are the same document', async () => {
    const json = await api.http
      .get('/openapi.json')
      .expect(200)
      .expect('Content-Type', /^application\/json/);
    const yaml = await api.http
      .get('/openapi.yaml')
      .expect(200)
      .expect('Content-Type', /^application\/yaml/);
    expect(parse(yaml.text)).toEqual(json.body);
    expect(json.body.openapi).toBe('3.1.0');
  });

  it('GET /docs leads to Swagger UI, relatively, so that any path prefix holds', async () => {
    const redirect = await api.http.get('/docs').expect(302);
    expect(redirect.headers.location).toBe('docs/');
    const page = await api.http.get('/docs/').expect(200).expect('Content-Type', /html/);
    expect(page.text).not.toMatch(/(src|href)="(https?:)?\//);
    for (const [, asset] of page.text.matchAll(/(?:src|href)="(\.\/[^"]+)"/g))
      await api.http.get(`/docs/${asset}`).expect(200);
    const script = await api.http.get('/docs/swagger-ui-init.js').expect(200);
    expect(script.text).toContain('../openapi.json');
  });

  it('GET / is useful to a person and to a program', async () => {
    const page = await api.http.get('/').set('Accept', 'text/html').expect(200);
    expect(page.text).toContain('<div id="console">');
    expect((await api.http.get('/').expect(200)).body).toMatchObject({
      name: 'Jobwright',
      documentation: 'docs/',
    });
  });

  it('GET /favicon.ico is an icon', async () => {
    await api.http.get('/favicon.ico').expect(200).expect('Content-Type', /svg/);
  });
});

describe('what is nowhere', () => {
  it.each(['/nope', '/api', '/api/', '/api/job', '/docs/nope', '/.env', '//', '/api/jobs/a/b'])(
    'GET %s is a problem, never HTML',
    async (path) => {
      const response = await api.http.get(path).set('Accept', 'text/html').expect(404);
      expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(response.body).toMatchObject({ code: 'not_found', requestId: response.headers['x-request-id'] });
    },
  );
});

describe('what is no HTTP request', () => {
  it.each([
    ['nonsense', 'nonsense\r\n\r\n', 400, 'invalid_request'],
    [
      'two lengths',
      'POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
      'invalid_request',
    ],
    ['headers without end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`, 431, 'headers_too_large'],
    [
      'an expectation',
      'POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nExpect: miracles\r\nConnection: close\r\n\r\n',
      417,
      'expectation_failed',
    ],
  ])('is answered with a problem as well: %s', async (_, text, status, code) => {
    const answer = await talk(text);
    expect(answer).toContain(`HTTP/1.1 ${status} `);
    expect(answer).toContain(`"code":"${code}"`);
  });
});

describe('every answer', () => {
  it('carries a request id: the client’s own, when it is a reasonable one', async () => {
    const given = await api.http.get('/livez').set('X-Request-Id', 'trace-7');
    expect(given.headers['x-request-id']).toBe('trace-7');
    const made = await api.http.get('/livez').set('X-Request-Id', '<script>');
    expect(made.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('carries headers that keep a browser from harm, and names no server', async () => {
    const { headers } = await api.http.get('/docs/');
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('a path prefix', () => {
  it('is on every link, with and without a proxy that removes it', async () => {
    const own = await startApi({ BASE_PATH: '/jobwright' });
    try {
      for (const prefix of ['', '/jobwright']) {
        const { body, headers } = await own.http
          .post(`${prefix}/api/jobs`)
          .send({ type: 'calculation', payload: { operation: 'sum', numbers: [1] } })
          .expect(202);
        expect(headers.location).toBe(`/jobwright/api/jobs/${body.jobId}`);
        await own.http.get(`${prefix}/docs/`).expect(200);
        await own.http.get(`${prefix}/openapi.json`).expect(200);
      }
      const missing = await own.http.get('/jobwright/api/jobs/nope').expect(404);
      expect(missing.body.type).toBe('/jobwright/api/errors/job_not_found');
    } finally {
      await own.close();
    }
  });
});

describe('a flood', () => {
  it('is answered 429 with Retry-After, whatever X-Forwarded-For says, and others are unaffected', async () => {
    const own = await startApi({ RATE_LIMIT: '20' });
    try {
      const statuses = await Promise.all(
        Array.from(
          { length: 40 },
          async (_, index) =>
            (await own.http.get('/api/types').set('X-Forwarded-For', `10.0.0.${index}`)).status,
        ),
      );
      expect(statuses.filter((status) => status === 200)).toHaveLength(20);
      const refused = await own.http.get('/api/types').expect(429);
      expect(refused.body.code).toBe('rate_limited');
      expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      const address = own.server.address();
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
      const other = await get({ host: '127.0.0.1', port, path: '/api/types', localAddress: '127.0.0.2' });
      expect(other).toBe(200);
    } finally {
      await own.close();
    }
  });

  it('never reaches the probes', async () => {
    const own = await startApi({ RATE_LIMIT: '1' });
    try {
      for (let n = 0; n < 5; n++) await own.http.get('/livez').expect(200);
      await own.http.get('/readyz').expect(200);
    } finally {
      await own.close();
    }
  });

  it('counts the addresses that a trusted proxy names, each for itself', async () => {
    const own = await startApi({ RATE_LIMIT: '2', TRUST_PROXY: '1' });
    try {
      const from = (address: string) => own.http.get('/api/types').set('X-Forwarded-For', address);
      await from('203.0.113.1').expect(200);
      await from('203.0.113.1').expect(200);
      await from('203.0.113.1').expect(429);
      await from('203.0.113.2').expect(200);
      for (const host of ['1', '2', '3:4']) await from(`2001:db8:1:2::${host}`);
      await from('2001:db8:1:2::5').expect(429);
      await from('2001:db8:1:3::5').expect(200);
    } finally {
      await own.close();
    }
  });
});

function get(options: RequestOptions): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(options, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end();
  });
}

function talk(text: string): Promise<string> {
  const { port, hostname } = new URL(api.url);
  return new Promise((resolve, reject) => {
    let said = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.on('data', (chunk) => {
      said += chunk;
    });
    socket.on('error', reject).on('close', () => resolve(said));
  });
}
