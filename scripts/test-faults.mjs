/**
 * `npm run test:faults`: breaks real processes under load and checks what is promised. `--help` has its flags; a short
 * version is a part of `npm test`.
 */
import { spawn } from 'node:child_process';
import { argv } from 'node:process';
import { install, root } from './install.mjs';
import { stopWithNpm } from './stop-with-npm.mjs';

stopWithNpm();
await install();
const trials = spawn(process.execPath, ['--import', 'tsx', 'test/faults/run.ts', ...argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => trials.kill(signal));
process.exitCode = await new Promise((resolve) => trials.once('exit', (code) => resolve(code ?? 1)));
