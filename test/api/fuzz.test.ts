/**
 * The OpenAPI document drives the server: whatever is sent to an operation, the answer has a documented status and a
 * body that fits its schema, never a 500, and it comes. `FUZZ_RUNS=5000 npx vitest run test/api/fuzz.test.ts` for the
 * long run; `FUZZ_SEED` repeats one.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorDefinitionOf } from '../../src/api/problem.js';
import { startApi, type TestApi } from '../support/api.js';
import {
  type Answer,
  type ApiDocument,
  type GeneratedRequest,
  requestsTo,
  send,
} from '../support/api-requests.js';

const runs = Number(process.env.FUZZ_RUNS ?? 300);
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);

describe('the OpenAPI document', () => {
  let api: TestApi;
  let ids: Record<string, string>;

  beforeAll(async () => {
    api = await startApi({
      WAIT_MS_MAX: '1000',
      // On a machine that is busy with other tests.
      REDIS_TIMEOUT_MS: '10000',
      SHUTDOWN_GRACE_MS: '500',
      // Without a worker for what calls the outside world, or takes its time.
      TYPES: 'calculation,bulk_operation',
      WEBHOOK_SECRETS: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
    });
    await api.startWorker();
    ids = await knownIds(api);
  });
  afterAll(() => api.close());

  it(`holds for ${runs} requests (seed ${seed})`, { timeout: 60_000 + runs * 200 }, async () => {
    console.log(`fuzz: FUZZ_SEED=${seed} FUZZ_RUNS=${runs}`);
    const document = (await api.http.get('/openapi.json').expect(200)).body as ApiDocument;
    const holds = bodyCheck(document);
    const statuses = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(requestsTo(document, [...Object.keys(ids), ...constants]), async (generated) => {
        const request = withIds(generated, ids);
        const answer = await answerTo(request, api);
        holds(request, answer);
        // What was deleted is there again, under another id.
        if (request.method === 'DELETE' && answer.status < 300) ids = await knownIds(api);
        const key = String(answer.status);
        statuses.set(key, (statuses.get(key) ?? 0) + 1);
      }),
      {
        numRuns: runs,
        seed,
        endOnFailure: false,
        interruptAfterTimeLimit: 50_000 + runs * 200,
        // Cut short, it has not held for as many as it says.
        markInterruptAsFailure: true,
      },
    );
    console.log(
      `fuzz: ${[...statuses]
        .sort()
        .map(([status, count]) => `${status} × ${count}`)
        .join(', ')}`,
    );
    // Requests that are right are among them: a generator of nothing but refusals would prove little.
    expect(statuses.get('200') ?? 0).toBeGreaterThan(0);
    expect(statuses.get('202') ?? 0).toBeGreaterThan(0);
    await api.http.get('/readyz').expect(200);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});

async function answerTo(request: GeneratedRequest, api: TestApi) {
  const answer = await send(api.url, request);
  expect(api.violations.splice(0).join('\n')).toBe('');
  expect(answer.status).toBeLessThan(500);
  if (answer.status >= 400) {
    const problem = JSON.parse(answer.body) as {
      code: string;
      status: number;
      title: string;
      requestId: string;
    };
    const { status, title } = errorDefinitionOf(problem.code, api.registry);
    expect(problem).toMatchObject({ status: answer.status, title });
    expect(status).toBe(answer.status);
    expect(problem.requestId).toBe(answer.headers['x-request-id']);
    expect(answer.body).not.toMatch(/\bat .*\.[jt]s:\d+|node_modules|ReplyError|WRONGTYPE/);
  }
  return answer;
}

/** Also of an answer that was sent piece by piece, which the API's own contract check does not see. */
function bodyCheck(document: ApiDocument) {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ ...document, $id: 'openapi' });
  const validators = new Map<string, ValidateFunction>();
  return ({ pointer }: GeneratedRequest, { status, headers, body }: Answer) => {
    const mediaType = String(headers['content-type']).split(';')[0] ?? '';
    const place = `openapi#${pointer}/responses/${status}/content/${mediaType.replaceAll('/', '~1')}/schema`;
    if (!mediaType.endsWith('json') || mediaType.endsWith('ndjson')) return;
    const validate = validators.get(place) ?? ajv.compile({ $ref: encodeURI(place) });
    validators.set(place, validate);
    expect(validate(JSON.parse(body)) || ajv.errorsText(validate.errors?.slice(0, 3))).toBe(true);
  };
}

/** One of each thing that has an id, by a name that stands for it in generated requests. */
async function knownIds(api: TestApi): Promise<Record<string, string>> {
  const payload = { operation: 'sum', numbers: [1] };
  const submit = async (request: object) =>
    String(
      (
        await api.http
          .post('/api/jobs')
          .send({ type: 'calculation', payload, ...request })
          .expect(202)
      ).body.jobId,
    );
  const options = { delayMs: 86_400_000 };
  // A generated request may have paused it.
  await api.http.post('/api/types/calculation/resume').expect(200);
  const finished = await api.run('calculation', { operation: 'sum', numbers: [1, 2] }, { cache: false });
  const failed = await api.run('calculation', { operation: 'product', numbers: [1e200, 1e200] });
  const file = await api.http.post('/api/files').set('Content-Type', 'text/plain').send('hello').expect(201);
  const id = `nightly-${Date.now()}`;
  await api.http
    .post('/api/schedules')
    .send({ id, type: 'calculation', payload, cron: '0 3 * * *' })
    .expect(201);
  return {
    '@finished': finished.id,
    '@failed': failed.id,
    '@scheduled': await submit({ options }),
    '@parent': await submit({ children: [{ type: 'calculation', payload, options }] }),
    '@file': file.body.id,
    '@schedule': id,
  };
}

/** Names of things, and ids of none. */
const constants = [
  'calculation',
  'validation_failed',
  `calculation_${'0'.repeat(26)}`,
  `file_${'0'.repeat(26)}`,
  '0',
];

const withIds = (request: GeneratedRequest, ids: Readonly<Record<string, string>>): GeneratedRequest => ({
  ...request,
  path: request.path.replace(/%40[a-z]+/, (name) => ids[decodeURIComponent(name)] ?? name),
});
