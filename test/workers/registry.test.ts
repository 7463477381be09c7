import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { defineJobType, z } from '../../src/models/index.js';
import { loadRegistry } from '../../src/workers/registry.js';
import { startApi } from '../support/api.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'jobwright-types-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function folderWith(files: Record<string, string>): Promise<string> {
  const own = await mkdtemp(path.join(folder, 'types-'));
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(own, name), text);
  return own;
}

const source = (type: string, errors = '') => `
  export default {
    [Symbol.for('jobwright.JobType')]: true, type: '${type}', title: 'T', description: 'D', examples: [], errors: {${errors}}, run: () => ({}),
  };`;

describe('loadRegistry', () => {
  it('holds the types of the platform', async () => {
    expect([...(await loadRegistry([])).keys()]).toEqual([
      'calculation',
      'file_processing',
      'data_enrichment',
      'tree_growth',
      'callback_delivery',
    ]);
  });

  it('adds the types of a folder, in the order of their file names, and leaves its tests alone', async () => {
    const own = await folderWith({
      'b.mjs': source('b_type'),
      'a.mjs': source('a_type'),
      'a.test.mjs': 'throw 1',
      'notes.md': '',
    });
    expect([...(await loadRegistry([own])).keys()].slice(-2)).toEqual(['a_type', 'b_type']);
  });

  it('adds a single file, and a package', async () => {
    const file = path.join(await folderWith({ 'one.mjs': source('one') }), 'one.mjs');
    expect((await loadRegistry([file])).has('one')).toBe(true);
    const modules = path.join(process.cwd(), 'node_modules', '.jobwright-test-types');
    await mkdir(modules, { recursive: true });
    try {
      await writeFile(path.join(modules, 'package.json'), '{"name":"x","main":"main.mjs"}');
      await writeFile(path.join(modules, 'main.mjs'), source('packaged'));
      expect((await loadRegistry(['.jobwright-test-types'])).has('packaged')).toBe(true);
    } finally {
      await rm(modules, { recursive: true, force: true });
    }
  });

  it.each([
    [
      'there is nothing of that name',
      async () => 'no-such-thing',
      /expected a folder, a file or a package, got "no-such-thing"/,
    ],
    ['a folder holds no module', () => folderWith({ 'readme.md': '' }), /expected a folder with modules/],
    [
      'a module cannot be parsed',
      () => folderWith({ 'bad.mjs': 'export default {' }),
      /bad\.mjs cannot be loaded/,
    ],
    [
      'a module exports something else',
      () => folderWith({ 'other.mjs': 'export default 1' }),
      /other\.mjs: expected `export default defineJobType/,
    ],
    [
      'a type has the name of another',
      () => folderWith({ 'c.mjs': source('calculation') }),
      /two job types are named "calculation"/,
    ],
    [
      'an error has the code of another type',
      () => folderWith({ 'd.mjs': source('d', 'calculation_overflow: {}') }),
      /declare the error "calculation_overflow"/,
    ],
  ])('says so when %s', async (_, make, message) => {
    await expect(loadRegistry([await make()])).rejects.toThrow(message);
  });
});

describe('defineJobType', () => {
  const definition = {
    type: 'sample',
    title: 'Sample',
    description: 'A sample.',
    payload: z.strictObject({ n: z.number() }),
    result: z.strictObject({}),
    examples: [{ summary: 'One', payload: { n: 1 } }] as [{ summary: string; payload: { n: number } }],
    run: () => ({}),
  };

  it('fills in the policy', () => {
    expect(defineJobType({ ...definition, policy: { attempts: 7 } }).policy).toMatchObject({
      attempts: 7,
      timeoutMs: 30_000,
    });
  });

  it.each([
    [{ type: 'Sample' }, /job type "Sample".*expected lower-case letters/s],
    [{ type: 'file' }, /and not "file"/],
    [{ type: 'a-b' }, /lower-case letters and underscores/],
    [{ examples: undefined }, /examples/],
    [{ examples: [] }, /expected at least one example/],
    [{ payload: { n: z.number() } }, /expected a Zod schema/],
    [{ payload: z.object({ n: z.number() }) }, /payload must be strict/],
    [{ run: undefined }, /expected a function/],
    [{ runIn: 'worker' }, /expected event-loop or thread/],
    [{ retries: 4 }, /"retries"/],
    [{ policy: { attempts: 0 } }, /policy is not valid/],
    [{ errors: { not_found: { title: '', when: '' } } }, /errors\.not_found is a code of the platform/],
    [{ examples: [{ summary: '', payload: { n: 'x' } }] }, /examples\[0\] does not fit the payload/],
    [
      { payload: z.strictObject({ at: z.date() }), examples: [{ summary: '', payload: { at: new Date() } }] },
      /payload cannot be told as JSON Schema/,
    ],
    [{ version: 0 }, /version/],
    [{ version: 2 }, /upgrade is missing: version 2 needs a function/],
    [{ version: 2, upgrade: 'v1' }, /upgrade/],
    [{ result: z.strictObject({ n: z.number().transform(String) }) }, /result cannot be told as JSON Schema/],
  ])('refuses %j', (wrong, message) => {
    expect(() => defineJobType({ ...definition, ...wrong } as typeof definition)).toThrow(message);
  });
});

describe('GET /api/types', () => {
  it('shows the version of a type, and the timeout that holds', async () => {
    const api = await startApi({ JOB_TYPES: 'test/support/versions/v2,test/support/job-types' });
    onTestFinished(() => api.close());
    const { body } = await api.http.get('/api/types').expect(200);
    const shown = Object.fromEntries(
      (body.types as { type: string; version: number; policy: { timeoutMs: number } }[]).map((type) => [
        type.type,
        [type.version, type.policy.timeoutMs],
      ]),
    );
    expect(shown).toMatchObject({ greeting_card: [2, 30_000], long_distance: [1, 3_600_000] });
  });
});

describe('a type from outside', () => {
  it('is in the API, in OpenAPI and in a worker', async () => {
    const api = await startApi({ JOB_TYPES: './examples/my-types' });
    try {
      await api.startWorker();
      const { body } = await api.http.get('/api/types/greeting').expect(200);
      expect(body).toMatchObject({ title: 'Greeting', policy: { attempts: 2 } });
      const document = (await api.http.get('/openapi.json')).body;
      expect(document.components.schemas.GreetingRequest.properties.type.const).toBe('greeting');
      expect(document.components.schemas.GreetingJob).toBeDefined();
      expect((await api.run('greeting', { name: 'Ada' })).result).toEqual({ text: 'Hello, Ada!' });
      const failed = await api.run('greeting', { name: 'Mallory' });
      expect(failed).toMatchObject({ status: 'failed', attempts: { made: 1 }, error: { code: 'stranger' } });
      const refused = await api.http
        .post('/api/jobs')
        .send({ type: 'greeting', payload: { nmae: 'Ada' } })
        .expect(422);
      expect(JSON.stringify(refused.body.errors)).toContain('did you mean');
    } finally {
      await api.close();
    }
  });
});
