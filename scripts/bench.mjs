/**
 * `npm run bench`: installs and builds what is missing, and measures: `bench/run.ts` has the flags.
 */
import { spawn } from 'node:child_process';
import { argv } from 'node:process';
import { build } from './build.mjs';
import { install, root } from './install.mjs';
import { stopWithNpm } from './stop-with-npm.mjs';

stopWithNpm();
await install();
await build();
const run = spawn(process.execPath, ['--import', 'tsx', 'bench/run.ts', ...argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => run.kill(signal));
process.exitCode = await new Promise((resolve) => run.once('exit', (code) => resolve(code ?? 1)));
