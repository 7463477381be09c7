/** The short way of frequent requests against Express's: each request goes both ways, and the answers must be alike. */
import { request as httpRequest } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from '../support/api.js';

let short: TestApi;
let long: TestApi;

beforeAll(async () => {
  short = await startApi();
  long = await startApi({ SHORTCUTS: 'off' });
});

afterAll(async () => {
  await short.close();
  await long.close();
});

interface Sent {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

interface Answer {
  status: number | undefined;
  headers: string[];
  body: string;
}

const ids = /calculation_[0-9a-z]{26}/g;
const requestIds = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const times = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;

/** What both ways say alike: all but ids, times and the tag, which follows from them. */
const alike = (text: string) =>
  text
    .replaceAll(ids, '(id)')
    .replaceAll(requestIds, '(request)')
    .replaceAll(times, '(time)')
    .replace(/-[\w+/]{27}"/, '-(tag)"')
    .replace(/^(date|etag): .*/i, '$1');

function send(api: TestApi, { method, path, headers, body }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${api.url}${path}`, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const raw = response.rawHeaders;
        const lines = raw.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${raw[index + 1]}`] : []));
        resolve({
          status: response.statusCode,
          headers: lines.map(alike),
          body: alike(Buffer.concat(chunks).toString()),
        });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function expectAlike(sent: Sent): Promise<Answer> {
  const [one, other] = await Promise.all([send(short, sent), send(long, sent)]);
  expect(one).toEqual(other);
  return one;
}

const some = <Value>(...values: readonly Value[]) => fc.constantFrom(...values);

const payload = fc.oneof(
  fc.record({
    operation: some('sum', 'mean', 'nonsense'),
    numbers: fc.array(fc.integer(), { maxLength: 3 }),
  }),
  fc.jsonValue({ maxDepth: 1 }),
);

const body = fc.oneof(
  fc
    .record(
      {
        type: some('calculation', 'calculaton', ''),
        payload,
        options: fc.record(
          { priority: some('low', 'urgent', 'wrong'), delayMs: fc.integer({ min: -1, max: 1 }) },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: ['type', 'payload'] },
    )
    .map((value) => JSON.stringify(value)),
  some(
    '',
    '{',
    'null',
    '[]',
    '"text"',
    '{"type":"calculation","payload":{"operation":"sum","numbers":[1e400]}}',
  ),
);

const headers = fc.record(
  {
    'content-type': some('application/json', 'application/json; charset=utf-8', 'text/plain'),
    'content-encoding': some('identity', 'gzip', 'nonsense'),
    'idempotency-key': some('a', 'b', ''),
    'cache-control': some('no-cache'),
    'x-request-id': some('mine', 'not acceptable'),
    'sec-fetch-site': some('same-origin', 'cross-site'),
    origin: some('https://example.com'),
    prefer: some('wait=0', 'respond-async'),
    'x-api-key': some('jw_none_0000'),
  },
  { requiredKeys: ['content-type'] },
);

const posted = fc.record({
  method: some('POST'),
  path: some(
    '/api/jobs',
    '/api/jobs',
    '/api/jobs',
    '/api/jobs',
    '/api/jobs/',
    '/api/jobs?dryRun=true',
    '/api//jobs',
    '/api/jobs#here',
    '/API/JOBS',
  ),
  headers: headers.map((given) => ({ 'x-request-id': 'fixed', ...given })),
  body,
});

describe('the short way and the long way', () => {
  it('answer whatever is posted with the same status, headers and bytes', async () => {
    await fc.assert(
      fc.asyncProperty(posted, async (sent) => void (await expectAlike(sent))),
      { numRuns: 150, endOnFailure: true },
    );
  });

  it('answer alike whatever is read', async () => {
    const path = fc.oneof(
      some(
        '/api/jobs/wait',
        '/api/jobs/meta',
        '/api/jobs/',
        '/api/jobs/%',
        '/api/jobs/a%20b',
        '/api/jobs/batch',
      ),
      fc.stringMatching(/^[a-z_]{1,9}_[0-7][0-9a-hjkmnp-tv-z]{25}$/).map((id) => `/api/jobs/${id}`),
    );
    const read = fc.record({
      method: some('GET', 'HEAD', 'PUT', 'OPTIONS', 'DELETE'),
      path,
      headers: fc.constant({ 'x-request-id': 'fixed' }),
      body: fc.constant(''),
    });
    await fc.assert(
      fc.asyncProperty(read, async (sent) => void (await expectAlike(sent))),
      { numRuns: 100, endOnFailure: true },
    );
  });

  it('answer 200 to a job that is there, and 304 to a client that has it', async () => {
    const seen = await Promise.all([short, long].map((api) => readTwice(api)));
    expect(seen[0]).toEqual(seen[1]);
    expect(seen[0]?.map(({ status }) => status)).toEqual([200, 304]);
  });
});

async function readTwice(api: TestApi): Promise<Answer[]> {
  const request = { type: 'calculation', payload: { operation: 'sum', numbers: [1, 2] } };
  const { body } = await api.http.post('/api/jobs').send(request).expect(202);
  const path = `/api/jobs/${body.jobId}`;
  const { headers } = await api.http.get(path).expect(200);
  const fixed = { 'x-request-id': 'fixed' };
  const first = await send(api, { method: 'GET', path, headers: fixed, body: '' });
  const known = { ...fixed, 'if-none-match': String(headers.etag) };
  return [first, await send(api, { method: 'GET', path, headers: known, body: '' })];
}
