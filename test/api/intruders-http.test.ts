/** Attacks on the way HTTP itself is read: framing, headers, methods, and senders that take their time. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startApi, type TestApi } from '../support/api.js';
import { answerTo, RawConnection, statusesIn } from '../support/raw-http.js';

const job = JSON.stringify({ type: 'calculation', payload: { operation: 'sum', numbers: [1] } });

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ HEADERS_TIMEOUT_MS: '500', REQUEST_TIMEOUT_MS: '1500', BODY_TIMEOUT_MS: '500' });
});
afterAll(() => api.close());

const jobsStored = async () => (await api.http.get('/api/jobs?limit=200').expect(200)).body.jobs.length;

describe('a request whose length can be read in two ways', () => {
  const post = (headers: readonly string[], body: string) =>
    `POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers.join('\r\n')}\r\n\r\n${body}`;
  const chunked = `${job.length.toString(16)}\r\n${job}\r\n0\r\n\r\n`;
  const smuggled = 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n';

  it.each<[string, string]>([
    [
      'Content-Length and Transfer-Encoding',
      post(['Content-Length: 4', 'Transfer-Encoding: chunked'], chunked),
    ],
    [
      'Transfer-Encoding before Content-Length',
      post(['Transfer-Encoding: chunked', 'Content-Length: 4'], chunked),
    ],
    ['two lengths', post([`Content-Length: ${job.length}`, 'Content-Length: 5'], job)],
    ['two lengths in one header', post([`Content-Length: ${job.length}, 5`], job)],
    ['a negative length', post(['Content-Length: -1'], job)],
    ['a length with a sign', post([`Content-Length: +${job.length}`], job)],
    ['a length in hexadecimal', post(['Content-Length: 0x10'], job)],
    ['a length beyond all numbers', post(['Content-Length: 99999999999999999999999'], job)],
    ['an empty length', post(['Content-Length:'], job)],
    ['another encoding than chunked', post(['Transfer-Encoding: gzip'], job)],
    ['chunked, but not as the last', post(['Transfer-Encoding: chunked, identity'], chunked)],
    ['an obfuscated Transfer-Encoding', post(['Transfer-Encoding: xchunked'], chunked)],
    ['a space before the colon', post(['Transfer-Encoding : chunked', 'Content-Length: 4'], chunked)],
    ['a folded header', post(['Transfer-Encoding:', ' chunked', 'Content-Length: 4'], chunked)],
    ['a chunk size that is none', post(['Transfer-Encoding: chunked'], `xyz\r\n${job}\r\n0\r\n\r\n`)],
    ['a negative chunk size', post(['Transfer-Encoding: chunked'], `-1\r\n${job}\r\n0\r\n\r\n`)],
    ['a chunk size beyond all numbers', post(['Transfer-Encoding: chunked'], `fffffffffffffffff\r\n${job}`)],
    ['a chunk that is longer than it says', post(['Transfer-Encoding: chunked'], `4\r\n${job}\r\n0\r\n\r\n`)],
    [
      'a bare LF after a chunk size',
      post(['Transfer-Encoding: chunked'], `${job.length.toString(16)}\n${job}\r\n0\r\n\r\n`),
    ],
    ['bare LFs between headers', post(['X-A: b\nTransfer-Encoding: chunked', 'Content-Length: 4'], chunked)],
    [
      'a bare CR in a header',
      post(['X-A: b\rTransfer-Encoding: chunked', `Content-Length: ${job.length}`], job),
    ],
    ['a NUL in a header', post([`X-A: b\u0000c`, `Content-Length: ${job.length}`], job)],
  ])('is refused: %s', async (_, request) => {
    const before = await jobsStored();
    const answer = await answerTo(api.url, request + smuggled);
    expect(statusesIn(answer)).toEqual([400]);
    expect(answer).toMatch(/Connection: close/i);
    expect(answer).toContain('"code":"invalid_request"');
    // Neither the request, nor what was hidden behind it.
    expect(await jobsStored()).toBe(before);
  });

  it('is no matter of a body that GET has', async () => {
    const hidden = 'GET /nope HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const answer = await answerTo(
      api.url,
      `GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );
    expect(statusesIn(answer)).toEqual([200, 200]);
  });

  it('is not made so by an upgrade, which nothing here offers', async () => {
    const answer = await answerTo(
      api.url,
      'GET /livez HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nConnection: Upgrade, close\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n',
    );
    expect(statusesIn(answer)).toEqual([200]);
  });
});

describe('a request that takes its time', () => {
  it('is answered 408 where its headers drip', async () => {
    const connection = await RawConnection.open(api.url);
    connection.say('GET /livez HTTP/1.1\r\nHost: localhost\r\n');
    const dripping = setInterval(() => connection.say('X-A: b\r\n'), 50);
    const answer = await connection.closed().finally(() => clearInterval(dripping));
    expect(statusesIn(answer)).toEqual([408]);
    expect(answer).toContain('500 ms');
  });

  it('is answered 408 where its first line never ends', async () => {
    const connection = await RawConnection.open(api.url);
    connection.say('GE');
    expect(statusesIn(await connection.closed())).toEqual([408]);
  });

  it('is answered 408 where its body drips', async () => {
    const connection = await RawConnection.open(api.url);
    connection.say(
      'POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
    );
    const dripping = setInterval(() => connection.say(' '), 50);
    const answer = await connection.closed().finally(() => clearInterval(dripping));
    expect(statusesIn(answer)).toEqual([408]);
    expect(answer).toContain('"code":"request_timeout"');
  });

  it('is cut off where an upload drips', async () => {
    const connection = await RawConnection.open(api.url);
    connection.say(
      'POST /api/files HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\nx',
    );
    const dripping = setInterval(() => connection.say('x'), 50);
    const answer = await connection.closed().finally(() => clearInterval(dripping));
    expect(statusesIn(answer)).toEqual([408]);
  });

  it('leaves the others alone: two hundred such, and one that is served', async () => {
    const slow = await Promise.all(Array.from({ length: 200 }, () => RawConnection.open(api.url)));
    for (const connection of slow) connection.say('POST /api/jobs HTTP/1.1\r\nHost: localhost\r\n');
    await api.http.post('/api/jobs').type('json').send(job).expect(202);
    const answers = await Promise.all(slow.map((connection) => connection.closed()));
    expect(new Set(answers.flatMap(statusesIn))).toEqual(new Set([408]));
  });
});

describe('a reader that reads nothing', () => {
  it('is cut off, its file let go', async () => {
    const own = await startApi({ IDLE_TIMEOUT_MS: '300', WAIT_MS_MAX: '0', EVENT_HEARTBEAT_MS: '50' });
    try {
      const { body } = await own.http
        .post('/api/files')
        .set('Content-Type', 'application/octet-stream')
        .send(Buffer.alloc(30_000_000, 1))
        .expect(201);
      const connection = await RawConnection.open(own.url);
      connection.socket.pause();
      connection.say(`GET ${body.downloadUrl} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      await new Promise<void>((resolve) => {
        own.server.once('request', (request) => request.socket.once('close', resolve));
      });
      expect(own.server.listening).toBe(true);
    } finally {
      await own.close();
    }
  });
});

describe('headers', () => {
  it('are refused by number, with the limit', async () => {
    const flood = Array.from({ length: 300 }, (_, index) => `X-${index}: a\r\n`).join('');
    const answer = await answerTo(
      api.url,
      `GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${flood}\r\n`,
    );
    expect(statusesIn(answer)).toEqual([431]);
    expect(answer).toContain('A request may have 200 headers.');
  });

  it('are refused by size, with the limit', async () => {
    const answer = await answerTo(
      api.url,
      `GET /livez HTTP/1.1\r\nHost: localhost\r\nX-A: ${'x'.repeat(20_000)}\r\n\r\n`,
    );
    expect(statusesIn(answer)).toEqual([431]);
    expect(answer).toContain('16384 bytes');
  });

  it.each([
    ['X-Request-Id', 'a\u0085b'],
    ['X-Request-Id', 'a b'],
    ['X-Request-Id', '<script>'],
    ['X-Request-Id', 'x'.repeat(101)],
  ])('never come back as they were given: %s: %j', async (name, value) => {
    const answer = await answerTo(
      api.url,
      Buffer.from(
        `GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${name}: ${value}\r\n\r\n`,
        'latin1',
      ),
    );
    expect(statusesIn(answer)).toEqual([200]);
    expect(answer).toMatch(/x-request-id: [0-9a-f-]{36}\r\n/i);
    expect(answer).not.toContain(value);
  });

  it.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', '_method'])(
    '%s changes no method',
    async (name) => {
      const { body } = await api.http.post('/api/jobs').type('json').send(job).expect(202);
      await api.http.get(`/api/jobs/${body.jobId}?_method=DELETE`).set(name, 'DELETE').expect(200);
      await api.http.post(`/api/jobs/${body.jobId}`).set(name, 'DELETE').expect(405);
      await api.http.get(`/api/jobs/${body.jobId}`).expect(200);
    },
  );

  it.each(['evil.example', 'a:b@evil.example', '127.0.0.1:99999', '', '[::1', '"><script>'])(
    'Host: %s is on no link and in no redirect',
    async (host) => {
      const own = await startApi({ ALLOW_ANONYMOUS: 'true' });
      onTestFinished(() => own.close());
      const get = (path: string, more = '') =>
        answerTo(
          own.url,
          `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: javascript\r\nForwarded: host=evil.example\r\nX-Original-URL: /admin\r\nX-Rewrite-URL: /admin\r\n${more}Connection: close\r\n\r\n`,
        );
      for (const answer of [
        await get('/docs'),
        await get('/', 'Accept: text/html\r\n'),
        await get('/api/types'),
        await get('/nope'),
        await get('/openapi.json'),
      ]) {
        expect([200, 302, 404]).toContain(statusesIn(answer)[0]);
        expect(answer).not.toMatch(/evil\.example|javascript:|"><script>/);
      }
    },
  );

  it.each([
    ['no Host', '/livez HTTP/1.1\r\n', 400],
    ['two of them', '/livez HTTP/1.1\r\nHost: a\r\nhost: b\r\n', 400],
    ['none in HTTP/1.0, which knows none', '/livez HTTP/1.0\r\n', 200],
  ])('name one Host: %s', async (_, rest, status) => {
    const answer = await answerTo(api.url, `GET ${rest}Connection: close\r\n\r\n`);
    expect(statusesIn(answer)).toEqual([status]);
    expect(answer.includes('"code":"invalid_request"')).toBe(status === 400);
  });

  it('of proxies are in no answer that a cache may keep for others', async () => {
    for (const path of ['/', '/openapi.json', '/api/types', '/nope', '/docs/']) {
      const answer = await api.http
        .get(path)
        .set('X-Forwarded-Prefix', '/evil')
        .set('X-Forwarded-Host', 'evil');
      expect(answer.text).not.toContain('evil');
      expect(JSON.stringify(answer.headers)).not.toContain('evil');
    }
  });

  it('of a problem keep it out of caches', async () => {
    await api.http.get('/api/jobs/nope').expect(404).expect('Cache-Control', 'no-store');
  });
});

describe('a URL', () => {
  it('is refused by length, with the limit', async () => {
    const { body } = await api.http.get(`/api/jobs?tag=${'x'.repeat(9_000)}`).expect(414);
    expect(body).toMatchObject({ code: 'url_too_long', detail: expect.stringContaining('8192') });
  });

  it.each([
    'http://evil.example/livez',
    '//evil.example/livez',
    '/api/../livez',
    '/api/jobs/%2e%2e/%2e%2e/etc/passwd',
    '/docs/..%2f..%2fpackage.json',
    '/docs/%2e%2e/%2e%2e/package.json',
    '/docs/..%5c..%5cpackage.json',
    '/docs/swagger-ui.css/../../../../../package.json',
    '/docs/package.json',
    '/docs/%00',
    '/%',
    '/api/files/..%2f..%2f..%2fetc%2fpasswd',
    '/api/files/file_00000000000000000000000000%00.json',
    '/api/jobs/calculation_00000000000000000000000000%0d%0aX-Injected:%201',
    '/api/jobs/*',
    '/api/jobs/calculation_*',
    '/api/jobs/%7bjobwright%7d:x',
    '/api/schedules/..%2f*',
    '/api/types/__proto__',
    '/api/types/constructor',
    '/api/errors/__proto__',
    '/api/errors/toString',
    '/api/errors/a%0d%0ab%00%7b%7d',
    '/;/livez',
    '/api/jobs;/livez',
  ])('leads nowhere it should not: %s', async (path) => {
    const answer = await answerTo(
      api.url,
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );
    const [status = 0] = statusesIn(answer);
    if (path.endsWith('/livez') && status === 200) expect(path).toBe('http://evil.example/livez');
    else expect([400, 404]).toContain(status);
    expect(answer).not.toMatch(/^X-Injected/im);
    expect(answer).not.toMatch(/"dependencies"|root:x:/);
  });

  it.each(['TRACE', 'CONNECT', 'PROPFIND', 'LOCK', 'PUT', 'M-SEARCH'])('has no %s', async (method) => {
    const answer = await answerTo(
      api.url,
      `${method} ${method === 'CONNECT' ? 'a:80' : '/api/jobs'} HTTP/1.1\r\nHost: localhost\r\nX-Secret: s3cret\r\nConnection: close\r\n\r\n`,
    );
    expect(statusesIn(answer).filter((status) => status !== 405)).toEqual([]);
    expect(answer).not.toContain('s3cret');
  });

  it('answers OPTIONS with what there is, and to no other origin', async () => {
    const answer = await api.http
      .options('/api/jobs')
      .set('Origin', 'https://evil.example')
      .set('Access-Control-Request-Method', 'POST')
      .expect(204);
    expect(answer.headers.allow).toBe('POST, GET, HEAD, OPTIONS');
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('answers HEAD without a body, also where GET would stream for ever', async () => {
    const { body } = await api.http.post('/api/jobs').type('json').send(job).expect(202);
    for (const path of [
      '/api/events',
      `/api/jobs/${body.jobId}/events`,
      '/api/jobs',
      '/openapi.json',
      '/docs/',
      '/api/nope',
    ]) {
      const answer = await answerTo(
        api.url,
        `HEAD ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      );
      expect(answer.split('\r\n\r\n')[1], path).toBe('');
    }
  });
});

describe('places', () => {
  const patient = { timeout: 15_000 };

  it('are refused when they are taken, with the limit; the probes are answered', async () => {
    const own = await startApi({ REQUESTS_MAX: '2' });
    try {
      const slow = await Promise.all([RawConnection.open(own.url), RawConnection.open(own.url)]);
      const arrived = slow.map(
        () => new Promise<void>((resolve) => own.server.once('request', () => resolve())),
      );
      for (const connection of slow)
        connection.say(
          'POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{',
        );
      await Promise.all(arrived);
      await expect
        .poll(async () => (await own.http.get('/api/types')).body.code, patient)
        .toBe('server_busy');
      const { body, headers } = await own.http.get('/api/types').expect(503);
      expect(body.detail).toContain('2 requests under way');
      expect(headers['retry-after']).toBe('1');
      await own.http.get('/livez').expect(200);
      await own.http.get('/readyz').expect(200);
      for (const connection of slow) connection.socket.destroy();
      await expect.poll(async () => (await own.http.get('/api/types')).status, patient).toBe(200);
    } finally {
      await own.close();
    }
  });

  it('are not held by those who wait, who have their own limit', async () => {
    const own = await startApi({ REQUESTS_MAX: '1', WAITS_MAX: '2', STREAMS_MAX: '1' });
    try {
      const { body } = await own.http.post('/api/jobs').type('json').send(job).expect(202);
      const path = `/api/jobs/${body.jobId}`;
      const waiting = await Promise.all([1, 2].map(() => RawConnection.open(own.url)));
      for (const connection of waiting) {
        const arrived = new Promise<void>((resolve) => own.server.once('request', () => resolve()));
        connection.say(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=50\r\n\r\n`);
        await arrived;
        // It has let go of the only place once it waits.
        await expect.poll(async () => (await own.http.get('/api/types')).status, patient).toBe(200);
      }
      const applied = async () =>
        (await own.http.get(path).set('Prefer', 'wait=1').expect(200)).headers['preference-applied'];
      // As many wait as may: the next is answered at once, and not told that it waited.
      expect(await applied()).toBeUndefined();
      const stream = await RawConnection.open(own.url);
      stream.say('GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await stream.hears(/retry: /);
      const { body: refused } = await own.http.get('/api/events').expect(503);
      expect(refused).toMatchObject({
        code: 'too_many_streams',
        detail: expect.stringContaining('1 streams'),
      });
      await own.http.get('/api/types').expect(200);
      for (const connection of waiting) connection.socket.destroy();
      await expect.poll(applied, patient).toBe('wait=1');
      stream.socket.destroy();
      const again = async () => {
        const connection = await RawConnection.open(own.url);
        connection.say('GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
        const answer = await connection.hears(/\r\n\r\n/);
        connection.socket.destroy();
        return statusesIn(answer);
      };
      await expect.poll(again, patient).toEqual([200]);
    } finally {
      await own.close();
    }
  });

  it('of connections are as many as may be open, and one more is told so', async () => {
    const own = await startApi({ CONNECTIONS_MAX: '3' });
    try {
      const held = await Promise.all([1, 2, 3].map(() => RawConnection.open(own.url)));
      const answer = await answerTo(
        own.url,
        `POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${job.length}\r\n\r\n${job}`,
      );
      expect(statusesIn(answer)).toEqual([503]);
      expect(answer).toContain('3 connections');
      expect(answer).toContain('"code":"server_busy"');
      for (const connection of held) connection.socket.destroy();
      await expect.poll(async () => (await own.http.get('/api/jobs')).body.jobs?.length, patient).toBe(0);
    } finally {
      await own.close();
    }
  });
});
