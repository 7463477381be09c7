/**
 * `npm run check`: the one gate, and exactly what CI runs. Stops at the first step that fails.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { env, execPath, exit } from 'node:process';
import { install, root } from './install.mjs';

await install();
const bin = (name) => join(root, 'node_modules', '.bin', name);
const steps = [
  ['format and lint', bin('biome'), ['ci', '--error-on-warnings']],
  ['types', bin('tsc'), ['--project', 'tsconfig.json']],
  ['types of the console', bin('tsc'), ['--project', 'console/tsconfig.json']],
  ['import rules', bin('depcruise'), ['src', '--config', '.dependency-cruiser.cjs']],
  ['openapi.yaml is fresh', bin('tsx'), ['scripts/openapi.ts', '--check']],
  ['openapi.yaml is clean', bin('redocly'), ['lint', 'openapi.yaml']],
  ['tests', execPath, ['scripts/test.mjs', '--coverage']],
];
const quiet = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
for (const [what, command, args] of steps) {
  console.log(`\n── ${what}`);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...env, ...quiet },
  });
  if (error) console.error(error.message);
  if (status !== 0) {
    console.error(`\n── ${what}: failed`);
    exit(status ?? 1);
  }
}
