/** Attacks by what a request holds: bombs, pollution, injection, and content that would like to be a page of ours. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import contentDisposition from 'content-disposition';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from '../support/api.js';
import { pixelBomb } from '../support/images.js';

const payload = { operation: 'sum', numbers: [1, 2] };

let api: TestApi;
beforeAll(async () => {
  api = await startApi({
    BODY_BYTES_MAX: '200000',
    BATCH_BYTES_MAX: '400000',
    UPLOAD_BYTES_MAX: '300000',
    OUTPUT_BYTES_MAX: '300000',
    IMAGE_PIXELS_MAX: '1000000',
    JSON_STRING_MAX: '1000',
    JSON_ITEMS_MAX: '1000',
    JSON_MEMBERS_MAX: '100',
  });
  await api.startWorker();
});
afterAll(async () => {
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
  await api.close();
});

describe('a small body that inflates to much', () => {
  const zeros = Buffer.alloc(50_000_000, 0x20);
  it.each([
    ['gzip', gzipSync(zeros)],
    ['deflate', deflateSync(zeros)],
    ['br', brotliCompressSync(zeros)],
  ])('is refused without inflating all of it: %s', async (encoding, bytes) => {
    const before = process.memoryUsage().rss;
    for (const [path, mediaType] of [
      ['/api/jobs', 'application/json'],
      ['/api/jobs/batch', 'application/x-ndjson'],
      ['/api/jobs/batch', 'application/json'],
      ['/api/bulk', 'application/json'],
      ['/api/schedules', 'application/json'],
    ] as const) {
      const response = await fetch(`${api.url}${path}`, {
        method: 'POST',
        headers: { 'Content-Type': mediaType, 'Content-Encoding': encoding },
        body: new Uint8Array(bytes),
      });
      const { code } = (await response.json()) as { code: string };
      expect([response.status, code], path).toEqual([413, 'payload_too_large']);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(zeros.length * 4);
  });

  it('is refused where it is packed more than once, or as an upload', async () => {
    const twice = gzipSync(gzipSync(zeros));
    await api.http
      .post('/api/jobs')
      .type('json')
      .set('Content-Encoding', 'gzip, gzip')
      .send(twice)
      .expect(415);
    await api.http
      .post('/api/files')
      .set('Content-Type', 'text/plain')
      .set('Content-Encoding', 'gzip')
      .send(twice)
      .expect(415);
  });

  it('is stored as it is where it is a file, and never unpacked', async () => {
    const { body } = await api.http
      .post('/api/files?name=bomb.csv.gz')
      .set('Content-Type', 'application/gzip')
      .send(gzipSync(zeros))
      .expect(201);
    expect(body.mediaType).toBe('application/gzip');
    const job = await api.run('file_processing', {
      source: { fileId: body.id },
      operations: [{ operation: 'csv_to_json' }],
    });
    expect(job).toMatchObject({ status: 'failed', error: { code: 'invalid_csv' }, attempts: { made: 1 } });
  });

  it('is cut at the limit where CSV grows into JSON', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `${'n'.repeat(500)}${index}`).join();
    const rows = `${','.repeat(199)}\n`.repeat(800);
    const { body } = await api.http
      .post('/api/files?name=a.csv')
      .set('Content-Type', 'text/csv')
      .send(`${names}\n${rows}`)
      .expect(201);
    const job = await api.run('file_processing', {
      source: { fileId: body.id },
      operations: [{ operation: 'csv_to_json' }],
    });
    expect(job).toMatchObject({ status: 'failed', error: { code: 'file_too_large' }, attempts: { made: 1 } });
  });
});

describe('an image of too many pixels', () => {
  const wide = () => sharp({ create: { width: 4_000, height: 4_000, channels: 3, background: 'red' } });
  it.each<[string, () => Promise<Buffer> | Buffer]>([
    ['PNG', () => pixelBomb(4_000, 4_000)],
    ['JPEG', () => wide().jpeg({ quality: 1 }).toBuffer()],
    ['WebP', () => wide().webp({ quality: 1 }).toBuffer()],
    ['AVIF', () => wide().avif({ quality: 1, effort: 0 }).toBuffer()],
    ['TIFF', () => wide().tiff({ compression: 'deflate' }).toBuffer()],
    ['GIF', () => wide().gif({ effort: 1 }).toBuffer()],
  ])('is refused by its header: %s', async (_, make) => {
    const bytes = await make();
    const { body } = await api.http
      .post('/api/files')
      .set('Content-Type', 'application/octet-stream')
      .send(bytes)
      .expect(422);
    expect(body).toMatchObject({ code: 'image_too_large', detail: expect.stringContaining('1000000') });
  });

  it('is refused in the worker, too, where it comes in the request', async () => {
    const bytes = await sharp({ create: { width: 2_000, height: 2_000, channels: 3, background: 'red' } })
      .webp({ quality: 1 })
      .toBuffer();
    const own = await startApi({ IMAGE_PIXELS_MAX: '1000000' });
    try {
      await own.startWorker();
      const job = await own.run('file_processing', {
        source: { dataUri: `data:image/webp;base64,${bytes.toString('base64')}` },
        operations: [{ operation: 'resize', width: 10 }],
      });
      expect(job).toMatchObject({
        status: 'failed',
        error: { code: 'image_too_large' },
        attempts: { made: 1 },
      });
    } finally {
      await own.close();
    }
  });
});

describe('JSON that is too large in one of its parts', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  it.each<[string, string, string, RegExp]>([
    ['deep', nested(90_000), 'json_too_deep', /64 levels/],
    ['deep, and cut off', '{"a":'.repeat(30_000), 'invalid_json', /too early/],
    ['a long text', JSON.stringify({ type: 'x'.repeat(1_001) }), 'json_too_large', /1000 characters/],
    ['a long name', JSON.stringify({ ['x'.repeat(1_001)]: 1 }), 'json_too_large', /1000 characters/],
    ['a long array', JSON.stringify({ payload: new Array(1_001).fill(0) }), 'json_too_large', /1000 items/],
    [
      'an object of many members',
      JSON.stringify(Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`k${index}`, 0]))),
      'json_too_large',
      /100 members/,
    ],
  ])('is refused with the limit: %s', async (_, text, code, detail) => {
    const { body } = await api.http.post('/api/jobs').type('json').send(text);
    expect(body).toMatchObject({ code, detail: expect.stringMatching(detail) });
    const batch = await api.http
      .post('/api/jobs/batch')
      .type('application/x-ndjson')
      .send(`${text}\n`)
      .expect(200);
    expect(JSON.parse(batch.text)).toMatchObject({ error: { code } });
  });

  it('tells a hundred mistakes of a hundred thousand, however they are spread', async () => {
    const own = await startApi();
    try {
      const children = Array.from({ length: 900 }, () => ({
        type: 'calculation',
        payload: { operation: 'sum', numbers: Array.from({ length: 100 }, () => 'x') },
      }));
      const { body } = await own.http
        .post('/api/jobs')
        .send({ type: 'calculation', payload, children })
        .expect(422);
      expect(body.errors).toHaveLength(100);
    } finally {
      await own.close();
    }
  });

  it('holds nobody up: a million wrong numbers take no words', async () => {
    const own = await startApi();
    try {
      const text = `{"type":"calculation","payload":{"operation":"sum","numbers":[${new Array(300_000).fill('"x"').join()}]}}`;
      const { body } = await own.http.post('/api/jobs').type('json').send(text).expect(422);
      expect(body.errors).toHaveLength(100);
    } finally {
      await own.close();
    }
  });
});

describe('names that mean something to JavaScript', () => {
  const names = [
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'toJSON',
    'then',
    'valueOf',
  ];
  const hostile = (name: string) =>
    `{${JSON.stringify(name)}:{"polluted":true,"prototype":{"polluted":true}}}`;

  it.each(names)('change nothing, wherever they stand: %s', async (name) => {
    const member = `${JSON.stringify(name)}:{"polluted":true}`;
    const text = JSON.stringify(payload);
    for (const [path, body] of [
      ['/api/jobs', `{"type":"calculation","payload":${text.slice(0, -1)},${member}}}`],
      ['/api/jobs', `{"type":"calculation","payload":${text},${member}}`],
      ['/api/jobs', `{"type":"calculation","payload":${text},"options":${hostile(name)}}`],
      ['/api/jobs', `{"type":"calculation","payload":${text},"options":{"backoff":${hostile(name)}}}`],
      ['/api/jobs', `{"type":"calculation","payload":${text},"children":[${hostile(name)}]}`],
      ['/api/jobs', `{"type":${JSON.stringify(name)},"payload":${text}}`],
      ['/api/schedules', `{"type":"calculation","payload":${text},"everyMs":1000,${member}}`],
      ['/api/bulk', `{"action":"cancel","filter":${hostile(name)}}`],
    ] as const) {
      const { body: problem } = await api.http.post(path).type('json').send(body).expect(422);
      expect(problem.code, body).toBe('validation_failed');
    }
    const batch = await api.http
      .post('/api/jobs/batch')
      .type('json')
      .send(`[${hostile(name)}]`)
      .expect(200);
    expect(batch.body).toMatchObject([{ status: 422 }]);
    await api.http.get(`/api/jobs?${name}=1`).expect(422);
    await api.http.get(`/api/jobs?${name}[polluted]=1`).expect(422);
    await api.http.get(`/api/jobs/${name}`).expect(404);
    await api.http.get(`/api/types/${name}`).expect(404);
    await api.http.get(`/api/errors/${name}`).expect(404);
    await api.http.get(`/api/schedules/${name}`).expect(404);
    await api.http.get(`/api/jobs?error=${name}`).expect(422);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it.each(names)('are names like any other in a form: %s', async (name) => {
    const { body } = await api.http
      .post('/api/files')
      .field(name, 'polluted')
      .attach(name, Buffer.from('hello'), { filename: name })
      .expect(201);
    expect(body.name).toBe(name);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('are columns like any other of a CSV', async () => {
    const job = await api.run('file_processing', {
      source: { dataUri: `data:text/csv,${encodeURIComponent('__proto__,constructor\n1,2\n')}` },
      operations: [{ operation: 'csv_to_json' }],
    });
    expect(job.status).toBe('completed');
    const { text } = await api.http
      .get(`/api/jobs/${job.id}/files/1`)
      .buffer(true)
      .parse((response, done) => {
        const chunks: Buffer[] = [];
        response
          .on('data', (chunk: Buffer) => chunks.push(chunk))
          .on('end', () => done(null, Buffer.concat(chunks)));
      })
      .then(({ body }) => ({ text: String(body) }));
    expect(text).toContain('{"__proto__":"1","constructor":"2"}');
  });
});

describe('texts that mean something to Redis', () => {
  const texts = [
    '*',
    '?',
    '[a-z]',
    '{}',
    '{jobwright}',
    'a\u0000b',
    'a\nb',
    'a\r\nFLUSHALL\r\n',
    "');redis.call('FLUSHALL')--",
    '"',
    '\\',
    'k',
    'now',
    'tie',
    '%s%n',
    '../..',
    '\ud83d',
    'é',
    'é',
  ];

  it.each(texts)('are just texts as a fairness key: %j', async (fairnessKey) => {
    const { body } = await api.http
      .post('/api/jobs')
      .send({ type: 'calculation', payload, options: { fairnessKey, cache: false } })
      .expect(202);
    const job = await api.jobOnce(body.jobId, ({ status }) => status === 'completed');
    expect(job.fairnessKey).toBe(fairnessKey);
  });

  it.each(texts.filter((text) => !/^[\p{L}\p{N}._:@/+-]+$/u.test(text)))(
    'are refused as a tag and as the id of a schedule: %j',
    async (text) => {
      const { body } = await api.http
        .post('/api/jobs')
        .send({ type: 'calculation', payload, options: { tags: [text] } })
        .expect(422);
      expect(body.errors[0].pointer).toBe('/options/tags/0');
      await api.http.get('/api/jobs').query({ tag: text }).expect(422);
      await api.http
        .post('/api/schedules')
        .send({ id: text, type: 'calculation', payload, everyMs: 1_000 })
        .expect(422);
      await api.http
        .post('/api/bulk')
        .send({ action: 'cancel', filter: { tag: text } })
        .expect(422);
      await api.http.get('/api/jobs').query({ error: text }).expect(422);
      await api.http.get('/api/jobs').query({ cursor: text }).expect(422);
    },
  );

  it.each(texts)('are just texts as an idempotency key of a batch: %j', async (text) => {
    const key = `${text}${Math.random()}`;
    const item = { type: 'calculation', payload, idempotencyKey: key };
    const { body } = await api.http
      .post('/api/jobs/batch')
      .send([item, item, { ...item, payload: { ...payload, numbers: [9] } }])
      .expect(200);
    expect(body.map(({ status }: { status: number }) => status)).toEqual([202, 202, 422]);
    expect(body[0].jobId).toBe(body[1].jobId);
  });

  it.each([
    '*',
    'calculation_*',
    'calculation_????????????????????????????',
    '[c]alculation',
    '%2a',
    '{}',
    'events',
    'meta',
    'a:b',
  ])('reach no other job as an id: %s', async (id) => {
    const text = encodeURIComponent(id);
    for (const path of [
      `/api/jobs/${text}`,
      `/api/jobs/${text}/events`,
      `/api/jobs/${text}/logs`,
      `/api/jobs/${text}/tree`,
      `/api/jobs/${text}/why`,
      `/api/jobs/${text}/files/0`,
    ])
      await api.http.get(path).expect(404);
    await api.http.delete(`/api/jobs/${text}`).expect(404);
    await api.http.post(`/api/jobs/${text}/cancel`).expect(404);
  });

  it.each([
    'ｃａｌｃｕｌａｔｉｏｎ',
    'calculati\u043en',
    'calculation\u0000',
    'calculation ',
    'CALCULATION',
    'calculat\u0131on',
    'calculation\u200b',
  ])('are no type where they only look like one: %j', async (type) => {
    const { body } = await api.http.post('/api/jobs').send({ type, payload }).expect(422);
    expect(body.errors[0]).toMatchObject({ pointer: '/type', code: 'unknown_type' });
  });

  it('does not take a list of tags without end', async () => {
    const tags = Array.from({ length: 900 }, (_, index) => `t${index}`);
    const { body } = await api.http
      .post('/api/jobs')
      .send({ type: 'calculation', payload, options: { tags } })
      .expect(422);
    expect(body.errors).toMatchObject([{ pointer: '/options/tags', code: 'too_big' }]);
  });
});

describe('an idempotency key', () => {
  it('is no way to the job of another client', async () => {
    const key = `k${Math.random()}`;
    const submit = (authorization: string) =>
      api.http
        .post('/api/jobs')
        .set('Idempotency-Key', key)
        .set('Authorization', authorization)
        .send({ type: 'calculation', payload });
    const mine = await submit('Bearer one').expect(202);
    const theirs = await submit('Bearer two').expect(202);
    expect(theirs.body.jobId).not.toBe(mine.body.jobId);
    expect(theirs.headers).not.toHaveProperty('idempotency-replayed');
  });

  it.each(['', 'x'.repeat(256)])('is refused where it has no length, or too much', async (key) => {
    await api.http
      .post('/api/jobs')
      .set('Idempotency-Key', key)
      .send({ type: 'calculation', payload })
      .expect(422);
  });
});

describe('a URL of the client', () => {
  it.each([
    'javascript:alert(1)',
    'http://a/\r\nX-Injected: 1',
    'file:///etc/passwd',
    'http://',
    'x'.repeat(900),
    'http:\\\\127.0.0.1',
  ])('is refused, or spelled without line ends: %j', async (callbackUrl) => {
    const { status, body, headers } = await api.http
      .post('/api/jobs?dryRun=true')
      .send({ type: 'calculation', payload, options: { callbackUrl } });
    expect(status).toBe(422);
    expect(['validation_failed', 'callbacks_not_configured']).toContain(body.code);
    expect(JSON.stringify(headers)).not.toContain('X-Injected');
  });
});

describe('what a client uploaded', () => {
  const page = '<html><script>alert(document.domain)</script></html>';
  it.each<[string, string, string, number]>([
    ['evil.html', 'text/html', page, 201],
    ['evil.txt', 'text/html', page, 201],
    ['evil.png.html', 'application/octet-stream', `\u0000${page}`, 201],
    [
      'evil.xhtml',
      'application/xhtml+xml',
      `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>`,
      201,
    ],
    ['evil.xml', 'text/xml', `<?xml version="1.0"?><?xml-stylesheet href="javascript:alert(1)"?><x/>`, 201],
    [
      'evil.pdf',
      'application/pdf',
      '%PDF-1.4\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj',
      201,
    ],
    ['evil.js', 'text/javascript', 'alert(1)', 201],
    [
      'evil.mht',
      'message/rfc822',
      'MIME-Version: 1.0\nContent-Type: text/html\n\n<script>alert(1)</script>',
      201,
    ],
    ['evil.css', 'text/css', 'body{background:url(javascript:alert(1))}', 201],
    ['evil.swf', 'application/x-shockwave-flash', 'FWS\u0009aaaa', 201],
    ['evil.json', 'application/json', '[1]', 201],
    ['evil.svg', 'image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 415],
    ['evil.txt', 'text/plain', '<svg onload=alert(1)></svg>', 415],
    ['evil.svgz', 'application/gzip', gzipSync('<svg onload="alert(1)"/>').toString('latin1'), 415],
  ])('never runs as a page of ours: %s as %s', async (name, mediaType, content, status) => {
    const uploaded = await api.http
      .post(`/api/files?name=${encodeURIComponent(name)}`)
      .set('Content-Type', mediaType)
      .send(Buffer.from(content, 'latin1'))
      .expect(status);
    if (status !== 201) return;
    const { headers } = await api.http
      .get(uploaded.body.downloadUrl)
      .buffer(true)
      .parse((response, done) => {
        response.on('data', () => {}).on('end', () => done(null, ''));
      })
      .expect(200);
    expect(contentDisposition.parse(headers['content-disposition'] ?? '').type).toBe('attachment');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-security-policy']).toContain("default-src 'none'; sandbox");
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    // Whatever the client called it, nothing that a browser runs.
    expect(headers['content-type']).not.toMatch(/html|javascript|svg|css/);
  });

  it.each([
    'a\r\nX-Injected: 1.txt',
    '"; filename="evil.html',
    "a';alert(1)//.txt",
    '\u202etxt.exe',
    '../../etc/passwd',
    'a\u0000.html',
    'con',
    `${'x'.repeat(900)}.txt`,
  ])('has a name that stays one: %j', async (name) => {
    const { body } = await api.http
      .post(`/api/files?name=${encodeURIComponent(name)}`)
      .set('Content-Type', 'text/plain')
      .send('hello')
      .expect(201);
    const { headers } = await api.http.get(body.downloadUrl).expect(200);
    expect(headers).not.toHaveProperty('x-injected');
    expect(headers['content-disposition']).not.toMatch(/[\r\n\0]/);
    const parsed = contentDisposition.parse(headers['content-disposition'] ?? '');
    expect(parsed.type).toBe('attachment');
    expect(parsed.parameters.filename).toBe(body.name);
    expect(body.name).not.toMatch(/[/\\\r\n\0\u202e]/);
  });
});

describe('every answer', () => {
  it.each([
    '/docs/',
    '/openapi.json',
    '/api/jobs',
    '/nope',
    '/livez',
    '/favicon.ico',
    '/docs/swagger-ui.css',
  ])('keeps a browser from harm, and names nobody: %s', async (path) => {
    const { headers } = await api.http.get(path);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-frame-options']).toBe('DENY');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    expect(headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(headers['content-security-policy']).toMatch(/default-src 'self'.*frame-ancestors 'none'/);
    expect(headers['content-security-policy']).not.toMatch(/script-src[^;]*unsafe|unsafe-eval/);
    for (const banner of ['server', 'x-powered-by', 'via', 'access-control-allow-origin'])
      expect(headers).not.toHaveProperty(banner);
  });

  it('of Swagger UI has no script of its own in the page', async () => {
    const { text } = await api.http.get('/docs/').expect(200);
    expect(text).toContain('swagger-ui-bundle.js');
    // The policy would not run it.
    expect(
      [...text.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([^<]*)/g)].filter(
        ([, script = '']) => script.trim() !== '',
      ),
    ).toEqual([]);
  });
});
