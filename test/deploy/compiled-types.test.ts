/**
 * A job type in TypeScript, loaded by the compiled program as in the image: from a folder without a package.json, in a
 * working directory without a tsconfig.json. Once it was taken for CommonJS there, where `jobwright` is not found.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from '../support/markdown.js';

const run = promisify(execFile);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jobwright-compiled-'));
  await run(process.execPath, ['scripts/build.mjs'], { cwd: root });
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

it('is found, and so is a file that it imports from beside it', async () => {
  await cp(join(root, 'examples/my-types/greeting.ts'), join(folder, 'greeting.ts'));
  const text = `import greeting from './greeting'; export default { ...greeting, type: 'salute', errors: {} };`;
  await writeFile(join(folder, 'salute.ts'), text);
  const registry = pathToFileURL(join(root, 'dist/workers/registry.js')).href;
  const program = `
    const { loadRegistry } = await import(${JSON.stringify(registry)});
    console.log([...(await loadRegistry([${JSON.stringify(folder)}])).keys()].slice(-2).join());
    process.exit();`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: folder });
  expect(stdout).toBe('greeting,salute\n');
});
