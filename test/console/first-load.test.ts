/** What the console costs, and what it is made of: measured on what is served. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from '../support/api.js';
import { hasChromium, startBrowser } from '../support/browser.js';

/** Of everything that the first load brings, compressed. */
const bytesMax = 200_000;

describe('the console, as it is served', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi({ BASE_PATH: '/jobs-platform' });
  });
  afterAll(() => api.close());

  const pageAt = async (path: string) =>
    (await api.http.get(path).set('Accept', 'text/html').expect(200)).text;
  const assetsOf = (page: string) =>
    [...page.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, path]) => path);

  it('is under its content security policy, and refers to itself relatively only', async () => {
    const { headers, text } = await api.http.get('/').set('Accept', 'text/html').expect(200);
    expect(headers['content-security-policy']).toContain(
      "default-src 'none'; script-src 'self'; style-src 'self'",
    );
    expect(text).not.toMatch(/(?:src|href)="(?:\/|https?:)/);
    expect(text).not.toContain('<style');
    expect(assetsOf(text)).toHaveLength(2);
  });

  it('gives files with a hash for ever, compressed as the client likes, and the page only while it is the same', async () => {
    const [asset] = assetsOf(await pageAt('/jobs-platform/'));
    for (const [accepted, coding] of [
      ['br, gzip', 'br'],
      ['gzip', 'gzip'],
      ['identity', undefined],
    ] as const) {
      const { headers } = await api.http
        .get(`/jobs-platform/${asset}`)
        .set('Accept-Encoding', accepted)
        .expect(200);
      expect(headers['content-encoding']).toBe(coding);
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(headers.vary).toContain('Accept-Encoding');
    }
    const { headers } = await api.http.get('/').set('Accept', 'text/html').expect(200);
    await api.http
      .get('/')
      .set('Accept', 'text/html')
      .set('If-None-Match', headers.etag ?? '')
      .expect(304);
    await api.http.get('/assets/nothing.js').expect(404);
    await api.http.get('/assets/..%2f.stamp').expect(404);
  });

  it('leads from the prefix without a slash to the one with it', async () => {
    const { headers } = await api.http.get('/jobs-platform').set('Accept', 'text/html').expect(302);
    expect(headers.location).toBe('jobs-platform/');
  });

  it('answers a program at / in JSON', async () => {
    const { body } = await request(api.url).get('/').set('Accept', 'application/json').expect(200);
    expect(body).toMatchObject({ name: 'Jobwright', documentation: 'docs/' });
  });

  it.skipIf(!hasChromium)(
    'loads less than 200 kB, compressed, from this host alone, behind a prefix',
    async () => {
      const browser = await startBrowser();
      try {
        const page = await browser.open(`${api.url}/jobs-platform/`);
        await page.locator('form').waitFor();
        const loaded: { name: string; encodedBodySize: number }[] = await page.evaluate(
          `performance.getEntries().filter((entry) => ['navigation', 'resource'].includes(entry.entryType))
          .map(({ name, encodedBodySize }) => ({ name, encodedBodySize }))`,
        );
        expect(loaded.length).toBeGreaterThan(4);
        for (const { name } of loaded) expect(name.startsWith(`${api.url}/jobs-platform/`), name).toBe(true);
        expect(loaded.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)).toBeLessThan(bytesMax);
        await browser.finish();
      } finally {
        await browser.close();
      }
    },
  );
});

describe('the sources of the console', () => {
  it('know the client and the types of models, and nothing else of the server', async () => {
    const entries = await readdir('console/src', { recursive: true });
    for (const file of entries.filter((name) => /\.tsx?$/.test(name))) {
      const text = await readFile(join('console/src', file), 'utf8');
      for (const [line, what] of text.matchAll(/^(?:import|export)[^;]*? from '((?:\.\.\/)+src\/[^']+)'/gm)) {
        expect(what, file).toMatch(/\/src\/(client\/index|models\/[\w-]+)\.js$/);
        if (what?.includes('/models/')) expect(line, file).toMatch(/^(?:import|export) type/);
      }
    }
  });
});
