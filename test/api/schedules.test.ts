import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errors } from '../../src/models/errors.js';
import { startApi, type TestApi } from '../support/api.js';
import { until } from '../support/processes.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const payload = { operation: 'sum', numbers: [1, 2, 3] };
const daily = { type: 'calculation', payload, cron: '0 9 * * *', timeZone: 'Europe/Berlin' };
const hourly = { type: 'calculation', payload, everyMs: 3_600_000 };

let made = 0;
const freshId = () => `schedule-${made++}`;

/** Creates one and answers its body. */
async function create(more: object = {}) {
  const { body } = await api.http
    .post('/api/schedules')
    .send({ id: freshId(), ...hourly, ...more })
    .expect(201);
  return body;
}

describe('POST /api/schedules', () => {
  it('answers 201 with the schedule, its Location and its next five times', async () => {
    const { body, headers } = await api.http
      .post('/api/schedules')
      .send({ id: 'every-morning', ...daily, options: { priority: 'high', tags: ['reports'] } })
      .expect(201);
    expect(body).toEqual({
      id: 'every-morning',
      type: 'calculation',
      version: 1,
      payload,
      options: { priority: 'high', tags: ['reports'] },
      cron: '0 9 * * *',
      timeZone: 'Europe/Berlin',
      paused: false,
      createdAt: expect.any(String),
      updatedAt: body.createdAt,
      nextRunAt: body.nextRuns[0],
      nextRuns: expect.any(Array),
      links: { self: '/api/schedules/every-morning', type: '/api/types/calculation' },
    });
    expect(headers.location).toBe('/api/schedules/every-morning');
    const clock = new Intl.DateTimeFormat('de', { timeZone: 'Europe/Berlin', timeStyle: 'medium' });
    expect(body.nextRuns.map((at: string) => clock.format(Date.parse(at)))).toEqual(
      Array.from({ length: 5 }, () => '09:00:00'),
    );
  });

  it('makes an id where none is given, and takes UTC where no zone is', async () => {
    const { timeZone: _, ...utc } = daily;
    const { body } = await api.http.post('/api/schedules').send(utc).expect(201);
    expect(body.id).toMatch(/^schedule_[0-9a-z]{26}$/);
    expect(body.timeZone).toBe('UTC');
    expect(body.nextRunAt).toMatch(/T09:00:00.000Z$/);
  });

  it('counts an interval from the creation', async () => {
    const { createdAt, nextRuns } = await create({ everyMs: 90_000 });
    expect(nextRuns.map((at: string) => Date.parse(at) - Date.parse(createdAt))).toEqual(
      [1, 2, 3, 4, 5].map((count) => count * 90_000),
    );
  });

  it('leaves one of each, when several servers create it at once: one 201, then 200', async () => {
    const other = await startApi({ REDIS_PREFIX: api.config.redisPrefix });
    try {
      const request = { id: freshId(), ...daily };
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? api : other).http.post('/api/schedules').send(request),
        ),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 201]);
      expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
      expect(answers[0]?.headers.location).toBe(`/api/schedules/${request.id}`);
    } finally {
      await other.close();
    }
  });

  it('answers 409 to another definition under the same id', async () => {
    const { id } = await create();
    const { body } = await api.http
      .post('/api/schedules')
      .send({ id, ...hourly, everyMs: 60_000 })
      .expect(409);
    expect(body.code).toBe('schedule_exists');
    expect(body.detail).toContain(id);
  });

  describe('a request that is wrong', () => {
    const cases: [string, unknown, { pointer: string; code: string; message: RegExp }[]][] = [
      ['an array', [], [{ pointer: '', code: 'invalid_type', message: /expected an object/ }]],
      [
        'no times',
        { type: 'calculation', payload },
        [{ pointer: '/cron', code: 'missing', message: /everyMs/ }],
      ],
      [
        'times of both kinds',
        { ...daily, everyMs: 60_000 },
        [{ pointer: '/everyMs', code: 'invalid_value', message: /together with cron/ }],
      ],
      [
        'a zone beside an interval',
        { ...hourly, timeZone: 'UTC' },
        [{ pointer: '/timeZone', code: 'invalid_value', message: /without cron/ }],
      ],
      [
        'four fields',
        { ...daily, cron: '0 9 * *' },
        [{ pointer: '/cron', code: 'invalid_cron', message: /expected 5 fields.*got 4/ }],
      ],
      [
        'two wrong fields',
        { ...daily, cron: '60 24 * * *' },
        [
          { pointer: '/cron', code: 'invalid_cron', message: /minute "60"/ },
          { pointer: '/cron', code: 'invalid_cron', message: /hour "24"/ },
        ],
      ],
      [
        'a day that never comes',
        { ...daily, cron: '0 0 30 2 *' },
        [{ pointer: '/cron', code: 'invalid_cron', message: /never comes/ }],
      ],
      [
        'a cron that is a number',
        { ...daily, cron: 5 },
        [{ pointer: '/cron', code: 'invalid_type', message: /expected a string, got 5/ }],
      ],
      [
        'a zone that there is not',
        { ...daily, timeZone: 'Europe/Berln' },
        [
          {
            pointer: '/timeZone',
            code: 'invalid_time_zone',
            message: /did you mean "Europe\/Berlin"\?/,
          },
        ],
      ],
      [
        'an offset as zone',
        { ...daily, timeZone: '+02:00' },
        [{ pointer: '/timeZone', code: 'invalid_time_zone', message: /IANA/ }],
      ],
      [
        'too short an interval',
        { ...hourly, everyMs: 999 },
        [{ pointer: '/everyMs', code: 'too_small', message: /from 1000/ }],
      ],
      [
        'a fraction of a millisecond',
        { ...hourly, everyMs: 1_000.5 },
        [{ pointer: '/everyMs', code: 'invalid_type', message: /whole number/ }],
      ],
      [
        'an id in capitals',
        { ...hourly, id: 'Nightly' },
        [{ pointer: '/id', code: 'invalid_format', message: /lower-case/ }],
      ],
      [
        'an unknown type, and times that are wrong too',
        { ...hourly, type: 'calculaton', everyMs: 1, crn: 'x' },
        [
          { pointer: '/type', code: 'unknown_type', message: /did you mean "calculation"\?/ },
          { pointer: '/everyMs', code: 'too_small', message: /from 1000/ },
          { pointer: '/crn', code: 'unknown_field', message: /did you mean "cron"\?/ },
        ],
      ],
      [
        'a payload that the type does not take',
        { ...hourly, payload: { operation: 'sum', numbers: [1, 'two'] } },
        [{ pointer: '/payload/numbers/1', code: 'invalid_type', message: /got "two"/ }],
      ],
      [
        'options that say when',
        { ...hourly, options: { delayMs: 5, runAt: '2026-01-01T00:00:00Z' } },
        [
          { pointer: '/options/delayMs', code: 'unknown_field', message: /not a field here/ },
          { pointer: '/options/runAt', code: 'unknown_field', message: /not a field here/ },
        ],
      ],
    ];

    it.each(cases)('answers 422 to %s', async (_, request, mistakes) => {
      const { body } = await api.http
        .post('/api/schedules')
        .send(request as object)
        .expect(422);
      expect(body.code).toBe('validation_failed');
      expect(body.errors).toHaveLength(mistakes.length);
      for (const { message, ...mistake } of mistakes)
        expect(body.errors).toContainEqual({ ...mistake, message: expect.stringMatching(message) });
    });

    it('answers 422 to a payload that is too large to be kept, and states the limit', async () => {
      const numbers = Array.from({ length: 100_000 }, (_, index) => index);
      const { body } = await api.http
        .post('/api/schedules')
        .send({ ...hourly, payload: { operation: 'sum', numbers } })
        .expect(422);
      expect(body.errors).toEqual([
        { pointer: '/payload', code: 'too_big', message: expect.stringContaining('262144') },
      ]);
    });

    it('answers 400 to what is no JSON and 415 to another media type', async () => {
      const post = () => api.http.post('/api/schedules');
      await post().set('Content-Type', 'application/json').send('{').expect(400);
      await post().set('Content-Type', 'text/plain').send('x').expect(415);
    });
  });

  it('answers 422 to a type of the platform’s own, and does not suggest it', async () => {
    const own = await startApi({ JOB_TYPES: 'test/support/job-types/internal-only.ts' });
    try {
      const request = { ...hourly, type: 'internal_only', payload: {} };
      const { body } = await own.http.post('/api/schedules').send(request).expect(422);
      expect(body.errors).toEqual([
        {
          pointer: '/type',
          code: 'unknown_type',
          message: expect.not.stringContaining('mean "internal_only"'),
        },
      ]);
    } finally {
      await own.close();
    }
  });
});

describe('GET /api/schedules/:id', () => {
  it('answers what POST answered', async () => {
    const created = await create();
    const { body } = await api.http.get(`/api/schedules/${created.id}`).expect(200);
    expect(body).toEqual(created);
  });

  it('answers 304 to who has it already', async () => {
    const { id } = await create();
    const { headers } = await api.http.get(`/api/schedules/${id}`).expect(200);
    await api.http.get(`/api/schedules/${id}`).set('If-None-Match', String(headers.etag)).expect(304);
  });

  it.each(['nobody', 'Nobody', '__proto__', '%2F'])('answers 404 to %s', async (id) => {
    const { body } = await api.http.get(`/api/schedules/${id}`).expect(404);
    expect(body.code).toBe('schedule_not_found');
  });

  it('answers 400 to an id that cannot be read', async () => {
    await api.http.get('/api/schedules/%E0%A4%A').expect(400);
  });
});

describe('GET /api/schedules', () => {
  it('gives pages in the order of ids, each with a link to the next', async () => {
    const own = await startApi();
    try {
      for (const id of ['c', 'a', 'b'])
        await own.http
          .post('/api/schedules')
          .send({ id, ...hourly })
          .expect(201);
      const { body, headers } = await own.http.get('/api/schedules?limit=2').expect(200);
      expect(body.schedules.map(({ id }: { id: string }) => id)).toEqual(['a', 'b']);
      expect(body.schedules[0]).toMatchObject({ ...hourly, nextRunAt: expect.any(String) });
      expect(body.schedules[0].nextRuns).toBeUndefined();
      expect(headers.link).toBe(`</api/schedules?limit=2&cursor=${body.nextCursor}>; rel="next"`);
      const rest = await own.http.get(`/api/schedules?limit=2&cursor=${body.nextCursor}`).expect(200);
      expect(rest.body.schedules.map(({ id }: { id: string }) => id)).toEqual(['c']);
      expect(rest.body.nextCursor).toBeUndefined();
      expect(rest.headers.link).toBeUndefined();
    } finally {
      await own.close();
    }
  });

  it.each([
    ['limit=0', 'limit', 'invalid_format'],
    ['limit=101', 'limit', 'invalid_format'],
    ['limit=x', 'limit', 'invalid_format'],
    ['limits=1', 'limits', 'unknown_field'],
  ])('answers 422 to ?%s', async (query, pointer, code) => {
    const { body } = await api.http.get(`/api/schedules?${query}`).expect(422);
    expect(body.errors).toEqual([{ pointer, code, message: expect.any(String) }]);
  });
});

describe('PATCH /api/schedules/:id', () => {
  const patch = (id: string, change: object) => api.http.patch(`/api/schedules/${id}`).send(change);

  it('pauses, and says that nothing comes next', async () => {
    const { id } = await create();
    const { body } = await patch(id, { paused: true }).expect(200);
    expect(body).toMatchObject({ paused: true, nextRuns: [] });
    expect(body.nextRunAt).toBeUndefined();
    const resumed = await patch(id, { paused: false }).expect(200);
    expect(resumed.body.nextRuns).toHaveLength(5);
  });

  it('changes the members that are sent, each as a whole', async () => {
    const { id } = await create({ options: { priority: 'low', tags: ['a'] } });
    const numbers = { operation: 'sum', numbers: [9] };
    const { body } = await patch(id, { payload: numbers, options: { attempts: 1 }, everyMs: 60_000 }).expect(
      200,
    );
    expect(body).toMatchObject({ payload: numbers, options: { attempts: 1 }, everyMs: 60_000 });
    expect(body.options).toEqual({ attempts: 1 });
    expect(Date.parse(body.nextRunAt) - Date.parse(body.createdAt)).toBeLessThanOrEqual(60_000);
    expect((await api.http.get(`/api/schedules/${id}`).expect(200)).body).toEqual(body);
    const bare = await patch(id, { options: null }).expect(200);
    expect(bare.body.options).toBeUndefined();
  });

  it('puts times of one kind in the place of the other', async () => {
    const { id } = await create();
    const cron = await patch(id, { cron: '0 0 * * *' }).expect(200);
    expect(cron.body).toMatchObject({ cron: '0 0 * * *', timeZone: 'UTC' });
    expect(cron.body.everyMs).toBeUndefined();
    const zone = await patch(id, { timeZone: 'Asia/Tokyo' }).expect(200);
    expect(zone.body.nextRunAt).toMatch(/T15:00:00.000Z$/);
    expect((await patch(id, { timeZone: null }).expect(200)).body.timeZone).toBe('UTC');
    const interval = await patch(id, { everyMs: 5_000, cron: null }).expect(200);
    expect(interval.body).toMatchObject({ everyMs: 5_000 });
    expect(interval.body.cron).toBeUndefined();
    expect(interval.body.timeZone).toBeUndefined();
  });

  it('changes nothing when nothing is sent', async () => {
    const { updatedAt: _, ...created } = await create();
    expect((await patch(created.id, {}).expect(200)).body).toMatchObject(created);
  });

  it.each<[string, object, { pointer: string; code: string; message: RegExp }]>([
    ['wrong times', { cron: '99 * * * *' }, { pointer: '/cron', code: 'invalid_cron', message: /99/ }],
    ['no times', { everyMs: null }, { pointer: '/cron', code: 'missing', message: /everyMs/ }],
    [
      'times of both kinds',
      { everyMs: 1_000, cron: '* * * * *' },
      { pointer: '/everyMs', code: 'invalid_value', message: /together/ },
    ],
    [
      'a zone beside an interval',
      { timeZone: 'UTC' },
      { pointer: '/timeZone', code: 'invalid_value', message: /without cron/ },
    ],
    [
      'a wrong payload',
      { payload: { operation: 'sm' } },
      { pointer: '/payload/operation', code: 'invalid_value', message: /"sum"/ },
    ],
    ['no payload', { payload: null }, { pointer: '/payload', code: 'invalid_type', message: /got null/ }],
    ['no paused', { paused: null }, { pointer: '/paused', code: 'invalid_type', message: /got null/ }],
    [
      'another type',
      { type: 'file_processing' },
      { pointer: '/type', code: 'unknown_field', message: /not a field/ },
    ],
    ['an array', [], { pointer: '', code: 'invalid_type', message: /got an array/ }],
  ])('answers 422 to %s', async (_, change, { message, ...mistake }) => {
    const { id } = await create();
    const { body } = await patch(id, change).expect(422);
    expect(body.errors).toContainEqual({ ...mistake, message: expect.stringMatching(message) });
    expect((await api.http.get(`/api/schedules/${id}`)).body).toMatchObject({ ...hourly });
  });

  it('answers 404 to one that is not there', async () => {
    expect((await patch('nobody', { paused: true }).expect(404)).body.code).toBe('schedule_not_found');
  });

  it('pauses one whose type is gone, and takes no payload for it', async () => {
    const { id } = await create();
    await api.schedules.change(id, (held) => ({ ...held, type: 'forgotten' }));
    await patch(id, { paused: true }).expect(200);
    const { body } = await patch(id, { payload }).expect(422);
    expect(body.errors).toEqual([
      { pointer: '/payload', code: 'unknown_type', message: expect.stringContaining('"forgotten"') },
    ]);
    expect((await api.http.post(`/api/schedules/${id}/run`).expect(404)).body.code).toBe('type_not_found');
  });
});

describe('DELETE /api/schedules/:id', () => {
  it('answers 204, also when it is gone already', async () => {
    const { id } = await create();
    await api.http.delete(`/api/schedules/${id}`).expect(204);
    await api.http.delete(`/api/schedules/${id}`).expect(204);
    await api.http.get(`/api/schedules/${id}`).expect(404);
  });
});

describe('POST /api/schedules/:id/run', () => {
  it('answers 202 with a job, also while the schedule is paused', async () => {
    const { id } = await create({ paused: true });
    const { body, headers } = await api.http.post(`/api/schedules/${id}/run`).expect(202);
    expect(body).toMatchObject({
      status: 'pending',
      jobId: expect.stringMatching(/^calculation_[0-9a-z]{26}$/),
    });
    expect(headers.location).toBe(`/api/jobs/${body.jobId}`);
    expect((await api.http.get(headers.location ?? '').expect(200)).body.payload).toEqual(payload);
    const schedule = await api.http.get(`/api/schedules/${id}`).expect(200);
    expect(schedule.body).toMatchObject({
      lastJobId: body.jobId,
      lastRunAt: expect.any(String),
      links: { lastJob: headers.location },
    });
  });

  it('leaves the next time as it was', async () => {
    const { id, nextRunAt } = await create();
    await api.http.post(`/api/schedules/${id}/run`).expect(202);
    expect((await api.http.get(`/api/schedules/${id}`)).body.nextRunAt).toBe(nextRunAt);
  });

  it('answers 404 to one that is not there', async () => {
    await api.http.post('/api/schedules/nobody/run').expect(404);
  });
});

describe('a method that is not there', () => {
  it('answers 405 with those that are', async () => {
    const { headers } = await api.http.put('/api/schedules/x').expect(405);
    expect(headers.allow).toBe('GET, PATCH, DELETE, HEAD, OPTIONS');
  });
});

describe('a schedule whose time comes', () => {
  it('makes a job that a worker does', async () => {
    const { id } = await create({ everyMs: 1_000 });
    await api.startWorker();
    const lastJobId: string = await until(
      async () => (await api.http.get(`/api/schedules/${id}`)).body.lastJobId,
    );
    const job = await api.jobOnce(lastJobId, ({ status }) => status === 'completed');
    expect(job).toMatchObject({ result: { sum: 6 }, tags: [`schedule:${id}`] });
    await api.http.delete(`/api/schedules/${id}`).expect(204);
  });
});

describe('while Redis is away', () => {
  it('answers 503 to each', async () => {
    const lost = await startApi({ REDIS_URL: 'redis://127.0.0.1:1', REDIS_TIMEOUT_MS: '200' });
    try {
      const answers = await Promise.all([
        lost.http.post('/api/schedules').send(hourly),
        lost.http.get('/api/schedules'),
        lost.http.get('/api/schedules/x'),
        lost.http.patch('/api/schedules/x').send({ paused: true }),
        lost.http.delete('/api/schedules/x'),
        lost.http.post('/api/schedules/x/run'),
      ]);
      for (const { status, body } of answers)
        expect([status, body.code]).toEqual([errors.queue_unavailable.status, 'queue_unavailable']);
    } finally {
      await lost.close();
    }
  });
});
