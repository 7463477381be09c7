import { afterEach, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from '../../support/api.js';
import { entriesOf, testKey } from '../../support/keys.js';

const key = testKey('any', { scopes: ['read'], tenant: 'acme' });
const opened: TestApi[] = [];
afterEach(() => Promise.all(opened.splice(0).map((api) => api.close())));

async function start(settings: Record<string, string> = {}): Promise<TestApi> {
  const api = await startApi(settings);
  opened.push(api);
  return api;
}

const called = (api: TestApi, host: string) => api.http.get('/api/types').set({ Host: host, ...key.headers });

describe('a server without API keys', () => {
  it.each([
    '127.0.0.1',
    '127.0.0.1:3000',
    '[::1]:3000',
    'localhost',
    'LocalHost:3000',
    'jobs.localhost',
    'localhost.',
  ])('goes by %s', async (host) => {
    await called(await start(), host).expect(200);
  });

  it.each([
    'evil.example',
    'evil.example:3000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'a b',
    '@',
  ])('answers 421 to %s: a page may have made that name its own', async (host) => {
    const { body } = await called(await start(), host).expect(421);
    expect(body).toMatchObject({ code: 'misdirected_request', status: 421 });
    expect(body.detail).toContain('ALLOWED_HOSTS');
  });

  it('goes by the names in ALLOWED_HOSTS as well', async () => {
    const api = await start({ ALLOWED_HOSTS: 'Jobs.example.com, other.example' });
    await called(api, 'jobs.example.com:8080').expect(200);
    await called(api, 'evil.example').expect(421);
    await called(api, 'localhost').expect(200);
  });

  it('goes by any name where ALLOW_ANONYMOUS says that whoever reaches it may do everything', async () => {
    await called(await start({ ALLOW_ANONYMOUS: 'true' }), 'jobs.lan').expect(200);
  });
});

describe('a server with API keys', () => {
  it('goes by any name, as a page of another origin has no key', async () => {
    await called(await start({ API_KEYS: entriesOf([key]) }), 'jobs.example.com').expect(200);
  });

  it('goes by those of ALLOWED_HOSTS only, where that is set', async () => {
    const api = await start({ API_KEYS: entriesOf([key]), ALLOWED_HOSTS: 'jobs.example.com' });
    await called(api, 'jobs.example.com').expect(200);
    await called(api, 'other.example.com').expect(421);
  });
});
