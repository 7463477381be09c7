/** The console on a real API, with real workers and Chromium, for a test file. */

import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { startApi, type TestApi } from './api.js';
import { type PageOptions, startBrowser, type TestBrowser } from './browser.js';

export interface TestConsole {
  readonly api: TestApi;
  /** A page of the console, at `#…`. */
  open(hash?: string, options?: PageOptions): Promise<Page>;
  submit(type: string, payload: unknown, more?: object): Promise<string>;
}

/** @param settings Environment variables that differ from the defaults. */
export function consoleForTests({
  settings = {},
  workers = true,
}: {
  settings?: Record<string, string>;
  workers?: boolean;
} = {}): TestConsole {
  let api: TestApi;
  let browser: TestBrowser;
  beforeAll(async () => {
    [api, browser] = await Promise.all([startApi(settings), startBrowser()]);
    if (workers) await api.startWorker();
  });
  afterEach(() => browser.finish());
  afterAll(async () => {
    await browser.close();
    await api.close();
  });
  return {
    get api() {
      return api;
    },
    open: (hash = '', options = {}) => browser.open(`${api.url}/${hash}`, options),
    async submit(type, payload, more = {}) {
      const { body } = await api.http
        .post('/api/jobs')
        .send({ type, payload, ...more })
        .expect(202);
      return body.jobId;
    },
  };
}
