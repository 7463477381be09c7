/**
 * `npm test`: installs what is missing and runs all tests, or those that its arguments name. Its last line
 * is `N passed, N failed`, in tests.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv } from 'node:process';
import { install, root } from './install.mjs';
import { stopWithNpm } from './stop-with-npm.mjs';

stopWithNpm();
await install();
const folder = mkdtempSync(join(tmpdir(), 'jobwright-results-'));
const results = join(folder, 'results.json');
const tests = spawn(
  process.execPath,
  [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${results}`,
    ...argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit' },
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => tests.kill(signal));
const status = await new Promise((resolve) => tests.once('exit', resolve));
const { passed, failed } = count();
rmSync(folder, { recursive: true, force: true });
// An error outside of any test fails the run as well.
console.log(`${passed} passed, ${status === 0 ? failed : Math.max(failed, 1)} failed`);
process.exitCode = status === 0 && failed === 0 ? 0 : (status ?? 1) || 1;

function count() {
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(results, 'utf8'));
    // A file that cannot even be loaded has no tests to count.
    const broken = testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.length === 0,
    );
    return { passed: numPassedTests, failed: numFailedTests + broken.length };
  } catch {
    return { passed: 0, failed: 1 };
  }
}
