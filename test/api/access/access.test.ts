/** Who may do what: every operation with every scope, and keys that are none. */
import crypto from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { requireKeys } from '../../../src/api/access/require-keys.js';
import { operations } from '../../../src/api/operations.js';
import { loadConfig } from '../../../src/config.js';
import { createLogger } from '../../../src/log.js';
import { type Scope, scopes } from '../../../src/models/access.js';
import { startApi, type TestApi } from '../../support/api.js';
import { EventClient } from '../../support/event-client.js';
import { entriesOf, startTwo, testKey } from '../../support/keys.js';
import { until } from '../../support/processes.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const keyOf = Object.fromEntries(
  scopes.map((scope) => [scope, testKey(scope, { tenant: 'acme', scopes: [scope] })]),
) as Record<Scope, ReturnType<typeof testKey>>;
const expired = testKey('old', { tenant: 'acme', scopes: ['read'], expiresAt: '2026-01-01T00:00:00.000Z' });
const limited = testKey('sums', {
  tenant: 'acme',
  scopes: ['submit', 'read', 'operate'],
  types: ['calculation'],
});

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ API_KEYS: entriesOf([...Object.values(keyOf), expired, limited]) });
});
afterAll(() => api.close());

const example = (path: string) =>
  path
    .replace(':id', path.startsWith('/api/files') ? 'file_01kb4nq5xaewr9m3xj3t1qh8zd' : 'nothing')
    .replace(':type', 'calculation')
    .replace(':code', 'forbidden')
    .replace(':index', '0');

/** Status and code of an answer, whose body may never end. */
async function answerTo(method: string, path: string, headers: Record<string, string>) {
  const abort = new AbortController();
  const body = ['POST', 'PATCH'].includes(method) ? { body: '{}' } : {};
  const response = await fetch(`${api.url}${example(path)}`, {
    method,
    headers: { ...headers, 'Content-Type': 'application/json' },
    signal: abort.signal,
    ...body,
  });
  const isProblem = response.headers.get('Content-Type')?.startsWith('application/problem+json');
  const problem = isProblem ? ((await response.json()) as { code: string; detail: string }) : undefined;
  abort.abort();
  return { status: response.status, challenge: response.headers.get('WWW-Authenticate'), ...problem };
}

describe('the document', () => {
  it('names two ways to send a key, and of each operation the scope', async () => {
    const { body } = await api.http.get('/openapi.json').expect(200);
    expect(Object.keys(body.components.securitySchemes)).toEqual(['bearer', 'apiKey']);
    for (const { path, method, scope } of operations) {
      const { security, responses } = body.paths[path.replaceAll(/:(\w+)/g, '{$1}')][method];
      const roles = scope === 'any' ? [] : [scope];
      expect(security).toEqual(scope === 'open' ? undefined : [{ bearer: roles }, { apiKey: roles }]);
      expect('401' in responses && '403' in responses).toBe(scope !== 'open');
    }
  });

  it('of a server without keys asks for none', async () => {
    const without = await startApi();
    onTestFinished(() => without.close());
    const { body } = await without.http.get('/openapi.json').expect(200);
    expect(body.paths['/api/jobs'].get.security).toBeUndefined();
  });
});

describe('the table of operations', () => {
  it('says of each operation which scope it needs, and leaves few open to everybody', () => {
    const open = operations.filter(({ scope }) => scope === 'open').map(({ id }) => id);
    expect(open).toEqual(['getError', 'livez', 'readyz', 'health']);
    const any = operations.filter(({ scope }) => scope === 'any').map(({ id }) => id);
    expect(any).toEqual(['getMe']);
    for (const { id, scope } of operations) expect(['open', 'any', ...scopes], id).toContain(scope);
  });

  it('lets nothing be changed with a key that may only read', () => {
    const changing = operations.filter(({ method }) => method !== 'get');
    expect(changing.filter(({ scope }) => ['read', 'any', 'open'].includes(scope))).toEqual([]);
  });
});

describe.each(
  operations.map(({ id, method, path, scope }) => ({ id, method: method.toUpperCase(), path, scope })),
)('$method $path', ({ method, path, scope }) => {
  if (scope === 'open') {
    it('is open to everybody', async () => {
      expect((await answerTo(method, path, {})).status).toBe(200);
      expect((await answerTo(method, path, { 'X-Api-Key': 'nonsense' })).status).toBe(200);
    });
    return;
  }

  it('answers 401 without a key, and with one that nobody has', async () => {
    const without = await answerTo(method, path, {});
    expect(without).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(without.challenge).toBe('Bearer realm="jobwright"');
    const unknown = await answerTo(method, path, testKey('nobody', keyOf.read.entry).headers);
    expect(unknown).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(unknown.challenge).toBe('Bearer realm="jobwright", error="invalid_token"');
  });

  it.each(scopes)('with the scope %s', async (held) => {
    const answer = await answerTo(method, path, keyOf[held].headers);
    if (held === scope || held === 'admin' || scope === 'any') {
      expect([401, 403]).not.toContain(answer.status);
      return;
    }
    expect(answer).toMatchObject({ status: 403, code: 'forbidden' });
    expect(answer.detail).toContain(`the scope ${scope}`);
    expect(answer.challenge).toContain(`error="insufficient_scope", scope="${scope}"`);
  });
});

describe('GET /api/me', () => {
  const me = async (headers: Record<string, string>) =>
    (await api.http.get('/api/me').set(headers).expect(200).expect('Cache-Control', 'no-store')).body;

  it('says what a key may do, its tenant, and the types to which it is limited', async () => {
    expect(await me(keyOf.submit.headers)).toEqual({
      keyId: 'submit',
      tenant: 'acme',
      scopes: ['submit'],
      allTenants: false,
    });
    expect(await me(limited.headers)).toEqual({
      keyId: 'sums',
      tenant: 'acme',
      scopes: ['submit', 'read', 'operate'],
      types: ['calculation'],
      allTenants: false,
    });
  });

  it('says that admin may do all, and sees all tenants', async () => {
    expect(await me(keyOf.admin.headers)).toEqual({
      keyId: 'admin',
      tenant: 'acme',
      scopes: [...scopes],
      allTenants: true,
    });
  });

  it('says that everybody may do everything where there are no keys', async () => {
    const without = await startApi();
    onTestFinished(() => without.close());
    const { body } = await without.http.get('/api/me').expect(200);
    expect(body).toEqual({ scopes: [...scopes], allTenants: true });
  });
});

describe('a key', () => {
  const list = (headers: Record<string, string>) => api.http.get('/api/jobs').set(headers);
  const { key } = keyOf.read;

  it('is sent as a bearer token or as X-Api-Key, in either case of the scheme', async () => {
    await list({ Authorization: `Bearer ${key}` }).expect(200);
    await list({ Authorization: `bearer ${key}` }).expect(200);
    await list({ 'X-Api-Key': key }).expect(200);
    await list({ 'X-Api-Key': key, Authorization: 'Basic b3BlcmF0b3I6cHc=' }).expect(200);
    await list({ 'X-Api-Key': key, Authorization: `Bearer ${key}` }).expect(200);
  });

  it.each([
    ['another secret', { 'X-Api-Key': testKey('read', keyOf.read.entry).key }],
    ['the id of another', { 'X-Api-Key': key.replace('jw_read_', 'jw_admin_') }],
    ['no id', { 'X-Api-Key': key.replace('jw_read_', 'jw__') }],
    ['an id of an object', { 'X-Api-Key': key.replace('jw_read_', 'jw_constructor_') }],
    ['a character less', { 'X-Api-Key': key.slice(0, -1) }],
    ['a character more', { 'X-Api-Key': `${key}A` }],
    ['other capitals', { 'X-Api-Key': key.toUpperCase() }],
    ['its digest', { 'X-Api-Key': keyOf.read.entry.sha256 }],
    ['its digest as the secret', { 'X-Api-Key': `jw_read_${keyOf.read.entry.sha256.slice(0, 43)}` }],
    ['another scheme', { Authorization: `Basic ${key}` }],
    ['no scheme', { Authorization: key }],
    ['two keys', { Authorization: `Bearer ${key} ${key}` }],
    ['a key of two', { 'X-Api-Key': `${key}, ${keyOf.admin.key}` }],
    ['another key in each header', { Authorization: `Bearer ${key}`, 'X-Api-Key': keyOf.admin.key }],
    ['nothing', { 'X-Api-Key': '' }],
    ['a token in the query only', {}],
  ])('with %s is refused', async (_, headers) => {
    const { body } = await api.http.get('/api/jobs?access_token=x').set(headers).expect(401);
    expect(body.code).toBe('unauthenticated');
    expect(JSON.stringify(body)).not.toContain(key);
  });

  it('that has expired is refused, and told so', async () => {
    const { body } = await list(expired.headers).expect(401);
    expect(body.detail).toBe('The API key has expired.');
  });

  it('is compared by its digest, in constant time, also where there is none of that id', async () => {
    const compare = vi.spyOn(crypto, 'timingSafeEqual');
    syncBuiltinESMExports();
    onTestFinished(() => {
      compare.mockRestore();
      syncBuiltinESMExports();
    });
    await list(keyOf.read.headers).expect(200);
    await list(testKey('nobody', keyOf.read.entry).headers).expect(401);
    await list({ 'X-Api-Key': 'short' }).expect(401);
    expect(compare).toHaveBeenCalledTimes(3);
    for (const [given, known] of compare.mock.calls)
      expect([given, known].map((each) => each.byteLength)).toEqual([32, 32]);
  });

  it('says whose the request is; no header does', async () => {
    const { body } = await api.http
      .post('/api/jobs')
      .set({ ...keyOf.submit.headers, 'X-Tenant': 'globex', 'X-Forwarded-User': 'globex', Tenant: 'globex' })
      .send({ type: 'calculation', payload: { operation: 'sum', numbers: [1] } })
      .expect(202);
    const job = await api.http.get(`/api/jobs/${body.jobId}`).set(keyOf.read.headers).expect(200);
    expect(job.body).toMatchObject({ tenant: 'acme', fairnessKey: 'acme' });
  });

  it('that may not read is told of acceptance only, however long it would wait', async () => {
    const { body } = await api.http
      .post('/api/jobs')
      .set({ ...keyOf.submit.headers, Prefer: 'wait=5' })
      .send({ type: 'calculation', payload: { operation: 'sum', numbers: [2] } })
      .expect(202);
    expect(Object.keys(body)).toEqual(['message', 'jobId', 'status']);
  });
});

describe('a key that is limited to types', () => {
  const sum = { type: 'calculation', payload: { operation: 'sum', numbers: [1] } };
  const foreign = { type: 'data_enrichment', payload: {} };
  beforeAll(() => {
    foreign.payload = api.registry.get(foreign.type)?.definition.examples[0]?.payload ?? {};
  });
  const post = (path: string, body: object) => api.http.post(path).set(limited.headers).send(body);

  it('submits and schedules jobs of these only, children and batches included', async () => {
    await post('/api/jobs', sum).expect(202);
    for (const body of [foreign, { ...sum, children: [foreign] }]) {
      const refused = await post('/api/jobs', body).expect(403);
      expect(refused.body.detail).toBe(
        'The key is limited to jobs of calculation, and this is for data_enrichment.',
      );
    }
    await post('/api/jobs?dryRun=true', foreign).expect(403);
    await post('/api/schedules', { ...foreign, everyMs: 60_000 }).expect(403);
    const batch = await post('/api/jobs/batch', [foreign, sum]).expect(200);
    expect(batch.body.map(({ status }: { status: number }) => status)).toEqual([403, 202]);
    await post('/api/bulk?dryRun=true', { action: 'cancel', filter: { type: foreign.type } }).expect(403);
    const all = await post('/api/bulk?dryRun=true', { action: 'cancel', filter: { all: true } }).expect(200);
    expect(all.body.types).toEqual(['calculation']);
    const own = await post('/api/bulk', { action: 'delete', filter: { all: true } }).expect(202);
    await api.http.get(`/api/jobs/${own.body.jobId}`).set(limited.headers).expect(200);
    const wide = await api.http
      .post('/api/bulk')
      .set(keyOf.operate.headers)
      .send({ action: 'delete', filter: { all: true } })
      .expect(202);
    await api.http.get(`/api/jobs/${wide.body.jobId}`).set(keyOf.read.headers).expect(200);
    await post(`/api/jobs/${wide.body.jobId}/cancel`, {}).expect(404);
  });

  it('sees jobs of these only', async () => {
    const { body } = await api.http.post('/api/jobs').set(keyOf.submit.headers).send(foreign).expect(202);
    await api.http.get(`/api/jobs/${body.jobId}`).set(keyOf.read.headers).expect(200);
    await api.http.get(`/api/jobs/${body.jobId}`).set(limited.headers).expect(404);
    const list = await api.http.get('/api/jobs').set(limited.headers).expect(200);
    expect(list.body.jobs.every(({ type }: { type: string }) => type === 'calculation')).toBe(true);
    expect(list.body.jobs.length).toBeGreaterThan(0);
  });
});

describe('API_KEYS_FILE', () => {
  it('is read again when it changes, by every server, without a restart', async () => {
    const file = join(await temporaryFolder(), 'keys.json');
    const before = testKey('before', { tenant: 'acme', scopes: ['read'] });
    const after = testKey('after', { tenant: 'acme', scopes: ['read'] });
    await writeFile(file, entriesOf([before]));
    const two = await startTwo({ API_KEYS_FILE: file, EVENT_HEARTBEAT_MS: '50' });
    onTestFinished(() => two.close());
    const status = async (server: TestApi, { headers }: { headers: Record<string, string> }) =>
      (await server.http.get('/api/jobs').set(headers)).status;
    const stream = await EventClient.open(`${two.servers[0].url}/api/events`, undefined, before.headers);
    for (const server of two.servers) expect(await status(server, after)).toBe(401);

    await writeFile(file, entriesOf([before, after]));
    for (const server of two.servers) {
      await until(async () => (await status(server, after)) === 200);
      expect(await status(server, before)).toBe(200);
    }
    expect(stream.isEnded).toBe(false);
    // An editor at work, or a mistake: nobody is locked out.
    await writeFile(file, '[{"id":');
    await writeFile(file, entriesOf([after]));
    for (const server of two.servers) {
      await until(async () => (await status(server, before)) === 401);
      expect(await status(server, after)).toBe(200);
    }
    // A stream does not outlive its key.
    await stream.until(({ isEnded }) => isEnded);
  });

  it.each([
    ['no JSON', '{', 'expected a JSON array of keys'],
    ['an unknown scope', [{ ...keyOf.read.entry, scopes: ['write'] }], '/0/scopes/0'],
    ['a key in place of its digest', [{ ...keyOf.read.entry, sha256: keyOf.read.key }], '/0/sha256'],
    ['a member that is none', [{ ...keyOf.read.entry, role: 'x' }], 'role'],
    ['an id twice', [keyOf.read.entry, keyOf.read.entry], '/1/id: is there twice'],
  ])('with %s is a mistake that names the place, and repeats no secret', (_, given, expected) => {
    const text = typeof given === 'string' ? given : JSON.stringify(given);
    const load = () => loadConfig({}, { API_KEYS: text });
    expect(load).toThrow(expected);
    expect(load).toThrow(/^API_KEYS: (?!.*jw_read_)/);
  });
});

describe('without keys', () => {
  const log = createLogger(loadConfig({}, { LOG_LEVEL: 'silent' }), 'test');
  const given =
    (host: string, more: object = {}) =>
    () =>
      requireKeys({ ...loadConfig({}, { HOST: host }), ...more }, log);

  it.each(['127.0.0.1', '127.8.0.1', '::1', 'localhost', '::ffff:127.0.0.1'])('listens on %s', (host) => {
    expect(given(host)).not.toThrow();
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', 'example.com', 'localhost.example.com'])(
    'does not listen on %s',
    (host) => {
      expect(given(host)).toThrow(
        `HOST: expected a loopback address, as there are no API keys, got ${host}.`,
      );
    },
  );

  it('listens there with keys, or when told so in so many words, and says so', () => {
    expect(given('0.0.0.0', { apiKeys: [] })).not.toThrow();
    expect(given('0.0.0.0', { apiKeysFile: 'keys.json' })).not.toThrow();
    const warn = vi.spyOn(log, 'warn');
    expect(given('0.0.0.0', { allowAnonymous: true })).not.toThrow();
    expect(warn.mock.calls[0]?.[1]).toContain('whoever reaches this address may do everything');
  });
});
