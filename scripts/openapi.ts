/**
 * Writes `openapi.yaml` from the code: `npm run openapi`. With `--check` it only compares, and says what to do
 * when the file is stale.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { openApiYaml } from '../src/api/openapi.js';
import { operations } from '../src/api/operations.js';
import { loadRegistry } from '../src/workers/registry.js';

const file = new URL('../openapi.yaml', import.meta.url);
const fresh = openApiYaml(operations, await loadRegistry([]));
if (process.argv.includes('--check')) {
  const stored = await readFile(file, 'utf8').catch(() => '');
  if (stored !== fresh) {
    console.error('openapi.yaml is stale; run `npm run openapi` and commit it.');
    process.exit(1);
  }
} else {
  await writeFile(file, fresh);
}
