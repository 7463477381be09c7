/**
 * The servers as `npm run build` leaves them, joined into few files. What their modules find by their own place (threads,
 * packages, data, the console, the version) is where it was, and job types from elsewhere meet the same platform.
 */
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { version } from '../../src/version.js';
import { photo } from '../support/images.js';
import { root } from '../support/markdown.js';
import { runFile, until } from '../support/processes.js';
import { temporaryFolder } from '../support/temporary-folder.js';

beforeAll(async () => {
  await promisify(execFile)(process.execPath, ['scripts/build.mjs'], { cwd: root });
}, 120_000);

async function platform() {
  const server = runFile(join(root, 'dist/cli/jobwright.js'), {
    isCompiled: true,
    environment: {
      DATA_DIR: await temporaryFolder(),
      CACHE_DIR: join(root, '.cache'),
      PORT: '0',
      JOB_TYPES: join(root, 'examples/my-types'),
    },
  });
  const [, url = ''] = await server.says(/ API {12}(http:\S+)\n/);
  return {
    url,
    async stop() {
      server.child.kill('SIGTERM');
      expect(await server.ended).toBe(0);
    },
  };
}

/** A job of this type, once it has ended. */
async function ended(url: string, type: string, payload: object) {
  const accepted = await fetch(`${url}/api/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type, payload }),
  });
  const { jobId } = (await accepted.json()) as { jobId?: string };
  if (jobId === undefined) throw new Error(`${type}: ${accepted.status}`);
  return until(async () => {
    const job = (await (await fetch(`${url}/api/jobs/${jobId}`)).json()) as {
      status: string;
      error?: object;
    };
    return ['completed', 'failed'].includes(job.status) && job;
  });
}

it('run types in the event loop and in threads, and those in TypeScript from elsewhere', async () => {
  const { url, stop } = await platform();
  const image = `data:image/jpeg;base64,${(await photo(60, 40)).toString('base64')}`;
  const thousand = Array.from({ length: 1_000 }, () => 1);
  const jobs = await Promise.all([
    ended(url, 'calculation', { operation: 'sum', numbers: [1, 2, 3] }),
    ended(url, 'calculation', { operation: 'sum', numbers: thousand }),
    ended(url, 'greeting', { name: 'Ada' }),
    ended(url, 'greeting', { name: 'Mallory' }),
    ended(url, 'data_enrichment', { record: { email: 'ada@mailinator.com', ip: '8.8.8.8' } }),
    ended(url, 'file_processing', {
      source: { dataUri: image },
      operations: [
        { operation: 'resize', width: 30 },
        { operation: 'watermark', text: 'ours' },
      ],
    }),
  ]);
  expect(jobs).toMatchObject([
    { status: 'completed', result: { sum: 6 } },
    { status: 'completed', result: { sum: 1_000 } },
    { status: 'completed', result: { text: 'Hello, Ada!' } },
    { status: 'failed', error: { code: 'stranger' } },
    { status: 'completed' },
    { status: 'completed' },
  ]);
  await stop();
}, 60_000);

it('serve what is loaded when somebody asks: the document, Swagger UI, the console', async () => {
  const { url, stop } = await platform();
  const parts = {
    'openapi.json': '"openapi":"3.1.0"',
    'openapi.yaml': 'openapi: 3.1.0',
    'docs/': '<title>Jobwright API</title>',
    'docs/swagger-ui.css': '.swagger-ui',
    '': '<title>Jobwright',
    health: `"version":"${version}"`,
  };
  for (const [path, part] of Object.entries(parts)) {
    const response = await fetch(`${url}/${path}`, { headers: { accept: 'text/html, */*' } });
    expect(await response.text(), path).toContain(part);
  }
  await stop();
}, 60_000);

it('have all that was compiled at the build: V8 takes each of the caches', async () => {
  const chunks = join(root, 'dist/chunks');
  const cached = (await readdir(chunks)).filter((name) => name.endsWith('.cjs.cache'));
  const program = `
    const { load, scripts } = require(${JSON.stringify(join(root, 'dist/joined.cjs'))});
    for (const name of ${JSON.stringify(cached)}) load(${JSON.stringify(`${chunks}/`)} + name.replace('.cache', ''));
    console.log([...scripts().values()].map(({ cachedDataRejected }) => cachedDataRejected).join());`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program]);
  expect(stdout.trim().split(',')).toEqual(cached.map(() => 'false'));
});
