import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startApi, type TestApi } from '../support/api.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const valid = { type: 'calculation', payload: { operation: 'complex', numbers: [1, 2, 3, 4, 5] } };
const post = (body: string | Buffer, contentType = 'application/json') =>
  api.http.post('/api/jobs').set('Content-Type', contentType).send(body);

describe('POST /api/jobs', () => {
  it('answers 202 with message, jobId, status and Location', async () => {
    const { body, headers } = await api.http.post('/api/jobs').send(valid).expect(202);
    expect(body).toEqual({
      message: 'Job accepted',
      jobId: expect.stringMatching(/^calculation_[0-9a-z]{26}$/),
      status: 'pending',
    });
    expect(headers.location).toBe(`/api/jobs/${body.jobId}`);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  });

  it('accepts a job while no worker is running; it stays pending, and readiness shows 0 workers', async () => {
    const { body } = await api.http.post('/api/jobs').send(valid).expect(202);
    const job = await api.http.get(`/api/jobs/${body.jobId}`).expect(200);
    expect(job.body).toMatchObject({
      status: 'pending',
      attempts: { made: 0, max: 3 },
      payload: valid.payload,
    });
    const ready = await api.http.get('/readyz').expect(200);
    expect(ready.body.workers.alive).toBe(0);
  });

  describe('a body that cannot be read', () => {
    it.each([
      ['truncated JSON', '{"type":"calculation",\n "payload":', /ends too early at line 2, column 12/],
      [
        'a literal NaN',
        '{"type":"calculation","payload":{"operation":"sum","numbers":[NaN]}}',
        /Unexpected "N" at line 1, column 63/,
      ],
      ['a single quote', "{'type':1}", /line 1, column 2/],
      ['a trailing comma', '{"type":"calculation",}', /line 1/],
      ['text after the document', '{}{}', /line 1, column 3/],
      ['only white space', '  \n', /too early/],
    ])('answers 400 to %s and says where', async (_, body, detail) => {
      const response = await post(body).expect(400);
      expect(response.body).toMatchObject({ code: 'invalid_json', status: 400 });
      expect(response.body.detail).toMatch(detail);
    });

    it.each([
      ['an empty body', ''],
      ['a bare string', '"calculation"'],
      ['a bare number', '42'],
      ['a bare boolean', 'true'],
    ])('answers 400 to %s', async (_, body) => {
      const response = await post(body).expect(400);
      expect(response.body.code).toBe('invalid_body');
    });

    it('answers 400 to a POST without any body', async () => {
      const response = await api.http.post('/api/jobs').set('Content-Type', 'application/json').expect(400);
      expect(response.body.code).toBe('invalid_body');
    });

    it('answers 400 to invalid UTF-8', async () => {
      const body = Buffer.concat([Buffer.from('{"type":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
      const request = api.http.post('/api/jobs').set('Content-Type', 'application/json');
      request.write(body);
      expect((await request).body).toMatchObject({ status: 400, code: 'invalid_encoding' });
    });

    it('answers 400 to a body that is not what its Content-Encoding says', async () => {
      const response = await api.http
        .post('/api/jobs')
        .set('Content-Type', 'application/json')
        .set('Content-Encoding', 'gzip')
        .send(JSON.stringify(valid))
        .expect(400);
      expect(response.body.code).toBe('invalid_request');
    });
  });

  it('answers 408 to a body that does not arrive in time', async () => {
    const own = await startApi({ BODY_TIMEOUT_MS: '100' });
    try {
      const { port, hostname } = new URL(own.url);
      const answer = await new Promise<string>((resolve, reject) => {
        let said = '';
        const socket = connect(Number(port), hostname, () =>
          socket.write(
            'POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"a"',
          ),
        );
        socket.on('data', (data) => {
          said += data;
        });
        socket.on('error', reject).on('close', () => resolve(said));
      });
      expect(answer).toContain('HTTP/1.1 408 ');
      expect(answer).toContain('"code":"request_timeout"');
    } finally {
      await own.close();
    }
  });

  describe('a media type that it does not read', () => {
    it.each([
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json; charset=latin1',
      'multipart/form-data; boundary=x',
    ])('answers 415 to %s and names the header to send', async (contentType) => {
      const response = await post(JSON.stringify(valid), contentType).expect(415);
      expect(response.body.code).toBe('unsupported_media_type');
      expect(response.body.detail).toContain('Content-Type: application/json');
      expect(response.headers['accept-post']).toBe('application/json');
    });

    it.each(['compress', 'constructor'])(
      'answers 415 to the Content-Encoding %s and lists those it reads',
      async (encoding) => {
        const response = await post(JSON.stringify(valid)).set('Content-Encoding', encoding).expect(415);
        expect(response.headers['accept-encoding']).toContain('gzip');
      },
    );

    it('reads UTF-8 said in any case, and gzip', async () => {
      await post(JSON.stringify(valid), 'Application/JSON; Charset="UTF-8"').expect(202);
      const request = api.http
        .post('/api/jobs')
        .set('Content-Type', 'application/json')
        .set('Content-Encoding', 'gzip');
      request.write(gzipSync(JSON.stringify(valid)));
      expect((await request).status).toBe(202);
    });
  });

  describe('a body over the limit', () => {
    it.each([
      ['announced', 'Content-Length: 99999999999\r\n\r\n', ''],
      ['without an end', 'Transfer-Encoding: chunked\r\n\r\n', `80000\r\n${' '.repeat(0x80000)}\r\n`],
    ])('is refused without waiting for the rest: %s', async (_, head, chunk) => {
      const { port, hostname } = new URL(api.url);
      const answer = await new Promise<string>((resolve, reject) => {
        let said = '';
        const socket = connect(Number(port), hostname, () => {
          socket.write(
            `POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${head}`,
          );
          for (let n = 0; n < 24; n++) socket.write(chunk);
        });
        socket.on('data', (data) => {
          said += data;
          if (said.includes('"code"')) socket.destroy();
        });
        socket.on('error', reject).on('close', () => resolve(said));
      });
      expect(answer).toContain('HTTP/1.1 413 ');
      expect(answer).toContain('"code":"payload_too_large"');
    });

    it.each(['/api/jobs', '/api/jobs/batch'])(
      'is taken to its end, so that a client which only then reads has its answer: %s',
      async (path) => {
        const { port, hostname } = new URL(api.url);
        const body = ' '.repeat(100_000_000);
        const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
        // What goes wrong, the write tells.
        const socket = connect(Number(port), hostname)
          .pause()
          .on('error', () => {});
        onTestFinished(() => void socket.destroy());
        await new Promise<void>((resolve, reject) =>
          socket.write(head + body, (error) => (error ? reject(error) : resolve())),
        );
        const [answer] = await once(socket.resume(), 'data');
        expect(String(answer)).toContain('HTTP/1.1 413 ');
      },
    );

    it('answers 413 and states the limit', async () => {
      const response = await post(`{"type":"${'x'.repeat(11_000_000)}"}`).expect(413);
      expect(response.body).toMatchObject({ code: 'payload_too_large' });
      expect(response.body.detail).toContain('10485760');
    });

    it('answers 413 to a small gzip body that inflates past it', async () => {
      const bomb = gzipSync(Buffer.alloc(200_000_000, 0x20));
      expect(bomb.length).toBeLessThan(250_000);
      const request = api.http
        .post('/api/jobs')
        .set('Content-Type', 'application/json')
        .set('Content-Encoding', 'gzip');
      request.write(bomb);
      const response = await request;
      expect(response.status).toBe(413);
      expect(response.body.code).toBe('payload_too_large');
    });
  });

  describe('a body that can be read and is wrong', () => {
    const cases: [string, unknown, { pointer: string; code: string; message: RegExp }][] = [
      [
        'an array',
        [valid],
        { pointer: '', code: 'invalid_type', message: /expected an object, got an array/ },
      ],
      ['null', null, { pointer: '', code: 'invalid_type', message: /expected an object, got null/ }],
      [
        'no type',
        { payload: {} },
        { pointer: '/type', code: 'missing', message: /"calculation", "file_processing", "data_enrichment"/ },
      ],
      [
        'a number as type',
        { type: 1, payload: {} },
        { pointer: '/type', code: 'unknown_type', message: /got 1/ },
      ],
      [
        'Calculation',
        { ...valid, type: 'Calculation' },
        { pointer: '/type', code: 'unknown_type', message: /did you mean "calculation"\?/ },
      ],
      [
        'file-processing',
        { ...valid, type: 'file-processing' },
        { pointer: '/type', code: 'unknown_type', message: /did you mean "file_processing"\?/ },
      ],
      [
        'calculaton',
        { ...valid, type: 'calculaton' },
        { pointer: '/type', code: 'unknown_type', message: /did you mean "calculation"\?/ },
      ],
      [
        'dataEnrichment',
        { ...valid, type: 'dataEnrichment' },
        { pointer: '/type', code: 'unknown_type', message: /did you mean "data_enrichment"\?/ },
      ],
      [
        'no payload',
        { type: 'calculation' },
        { pointer: '/payload', code: 'missing', message: /is missing/ },
      ],
      [
        'a null payload',
        { type: 'calculation', payload: null },
        { pointer: '/payload', code: 'invalid_type', message: /got null/ },
      ],
      [
        'a string as payload',
        { type: 'calculation', payload: 'sum' },
        { pointer: '/payload', code: 'invalid_type', message: /got "sum"/ },
      ],
      [
        'an unknown operation',
        { type: 'calculation', payload: { operation: 'summ' } },
        { pointer: '/payload/operation', code: 'invalid_value', message: /"sum".*did you mean "sum"\?/ },
      ],
      [
        'no operation',
        { type: 'calculation', payload: {} },
        { pointer: '/payload/operation', code: 'missing', message: /"sum"/ },
      ],
      [
        'an unknown field',
        { type: 'calculation', payload: { operation: 'sum', nubmers: [1] } },
        { pointer: '/payload/nubmers', code: 'unknown_field', message: /did you mean "numbers"\?/ },
      ],
      [
        'an unknown option',
        { ...valid, options: { attemps: 2 } },
        { pointer: '/options/attemps', code: 'unknown_field', message: /did you mean "attempts"\?/ },
      ],
      [
        'an unknown member',
        { ...valid, paylod: 1 },
        { pointer: '/paylod', code: 'unknown_field', message: /did you mean "payload"\?/ },
      ],
      [
        'a polluting key',
        JSON.parse('{"type":"calculation","payload":{"operation":"sum","numbers":[1],"__proto__":{"x":1}}}'),
        { pointer: '/payload/__proto__', code: 'unknown_field', message: /not a field/ },
      ],
      [
        'a fractional priority',
        { ...valid, options: { priority: 1.5 } },
        {
          pointer: '/options/priority',
          code: 'invalid_value',
          message: /"low", "normal", "high", "urgent", got 1.5/,
        },
      ],
      [
        'a negative priority',
        { ...valid, options: { priority: -1 } },
        { pointer: '/options/priority', code: 'invalid_value', message: /"urgent", got -1/ },
      ],
      [
        'a huge priority',
        { ...valid, options: { priority: 1e9 } },
        { pointer: '/options/priority', code: 'invalid_value', message: /"urgent", got 1000000000/ },
      ],
      [
        'too many attempts',
        { ...valid, options: { attempts: 1_000 } },
        { pointer: '/options/attempts', code: 'too_big', message: /a whole number from 1 to 100, got 1000/ },
      ],
      [
        'a fraction of an attempt',
        { ...valid, options: { attempts: 1.5 } },
        {
          pointer: '/options/attempts',
          code: 'invalid_type',
          message: /a whole number from 1 to 100, got 1.5/,
        },
      ],
      [
        'no numbers',
        { type: 'calculation', payload: { operation: 'sum', numbers: [] } },
        { pointer: '/payload/numbers', code: 'too_small', message: /at least 1/ },
      ],
      [
        'a string among the numbers',
        { type: 'calculation', payload: { operation: 'sum', numbers: [1, '2'] } },
        { pointer: '/payload/numbers/1', code: 'invalid_type', message: /expected a number, got "2"/ },
      ],
      [
        'fibonacci of -1',
        { type: 'calculation', payload: { operation: 'fibonacci', n: -1 } },
        { pointer: '/payload/n', code: 'too_small', message: /0 to 100000/ },
      ],
      [
        'fibonacci of 1.5',
        { type: 'calculation', payload: { operation: 'fibonacci', n: 1.5 } },
        { pointer: '/payload/n', code: 'invalid_type', message: /0 to 100000/ },
      ],
      [
        'fibonacci of 1e9',
        { type: 'calculation', payload: { operation: 'fibonacci', n: 1e9 } },
        { pointer: '/payload/n', code: 'too_big', message: /0 to 100000/ },
      ],
    ];

    it.each(cases)('answers 422 to %s', async (_, body, { pointer, code, message }) => {
      const response = await post(JSON.stringify(body)).expect(422);
      expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(response.body).toMatchObject({ code: 'validation_failed', status: 422, instance: '/api/jobs' });
      const mistake = response.body.errors.find((error: { pointer: string }) => error.pointer === pointer);
      expect(mistake).toMatchObject({ pointer, code });
      expect(mistake.message).toMatch(message);
    });

    it('answers 422 to JSON nested too deeply, however deep, and states the limit', async () => {
      for (const depth of [70, 1_000_000]) {
        const body = `{"type":"calculation","payload":${'['.repeat(depth)}${']'.repeat(depth)}}`;
        const response = await post(body).expect(422);
        expect(response.body.code).toBe('json_too_deep');
        expect(response.body.detail).toContain('64 levels');
      }
    });

    it('answers 422 to 1e400, which no 64-bit float holds', async () => {
      const response = await post(
        '{"type":"calculation","payload":{"operation":"sum","numbers":[1e400]}}',
      ).expect(422);
      expect(response.body.errors).toEqual([
        {
          pointer: '/payload/numbers/0',
          code: 'invalid_type',
          message: 'expected a number that a 64-bit float can hold',
        },
      ]);
    });

    it('tells all mistakes at once', async () => {
      const body = {
        type: 'calculation',
        payload: { operation: 'sum', numbers: ['a'], extra: 1 },
        options: { priority: 7, attempts: 0 },
        more: true,
      };
      const response = await post(JSON.stringify(body)).expect(422);
      expect(response.body.errors.map((error: { pointer: string }) => error.pointer).sort()).toEqual([
        '/more',
        '/options/attempts',
        '/options/priority',
        '/payload/extra',
        '/payload/numbers/0',
      ]);
    });

    it('tells the mistakes beside an unknown type as well', async () => {
      const response = await post('{"type":"sum","payload":null,"options":{"attempts":0}}').expect(422);
      expect(response.body.errors.map((error: { pointer: string }) => error.pointer).sort()).toEqual([
        '/options/attempts',
        '/payload',
        '/type',
      ]);
    });

    it('lists at most 100 of very many mistakes', async () => {
      const body = { type: 'calculation', payload: { operation: 'sum', numbers: Array(50_000).fill('x') } };
      const response = await post(JSON.stringify(body)).expect(422);
      expect(response.body.errors).toHaveLength(100);
    });
  });

  describe('Idempotency-Key', () => {
    // Work of its own: the type would let identical jobs be one without any key.
    const own = { ...valid, options: { cache: false } };
    const send = (key: string, body: object = own) =>
      api.http.post('/api/jobs').set('Idempotency-Key', key).send(body);

    it('gives the same job for the same key and body, and says that it was replayed', async () => {
      const first = await send('order-1').expect(202);
      const again = await send('order-1', {
        options: { cache: false },
        payload: { numbers: [1, 2, 3, 4, 5], operation: 'complex' },
        type: 'calculation',
      }).expect(202);
      expect(again.body).toMatchObject({ jobId: first.body.jobId, reused: 'idempotency_key' });
      expect(again.headers['idempotency-replayed']).toBe('true');
      expect(first.body.reused).toBeUndefined();
    });

    it('says what has become of the job that it replays', async () => {
      const own = await startApi();
      try {
        const again = () =>
          own.http.post('/api/jobs').set('Idempotency-Key', 'order-9').send(valid).expect(202);
        const { jobId } = (await again()).body;
        await own.startWorker();
        await own.jobOnce(jobId, ({ status }) => status === 'completed');
        expect((await again()).body).toMatchObject({ jobId, status: 'completed', reused: 'idempotency_key' });
      } finally {
        await own.close();
      }
    });

    it('gives one job to fifty requests at once', async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => send('order-2').expect(202)));
      expect(new Set(answers.map(({ body }) => body.jobId)).size).toBe(1);
      expect(answers.filter(({ body }) => body.reused === undefined)).toHaveLength(1);
    });

    it.each([
      ['another payload', { type: 'calculation', payload: { operation: 'sum', numbers: [1] } }],
      ['another type', { type: 'data_enrichment', payload: { record: { email: 'ada@example.com' } } }],
      ['other options', { ...valid, options: { attempts: 1 } }],
    ])('answers 422 to the same key with %s', async (_, other) => {
      await send('order-3').expect(202);
      const response = await send('order-3', other).expect(422);
      expect(response.body.code).toBe('idempotency_key_reused');
    });

    it('answers 422 to a key that is too long', async () => {
      const response = await send('x'.repeat(256)).expect(422);
      expect(response.body.errors[0].pointer).toBe('Idempotency-Key');
    });
  });

  it('answers 422, never 500, to hostile spellings of a document', async () => {
    for (const body of [
      '{"type":{"toString":1}}',
      '{"type":"__proto__"}',
      '{"type":"constructor","payload":{}}',
      '[[[]]]',
      '{"type":[]}',
      '{"":""}',
    ]) {
      const response = await post(body);
      expect(response.status).toBe(422);
    }
  });
});
