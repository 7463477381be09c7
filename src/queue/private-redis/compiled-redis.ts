/**
 * The last resort before giving up: redis-memory-server downloads the source of Redis and compiles it. It is
 * no dependency of ours, because its install script would compile on every install; it is fetched into the
 * cache folder when it is needed, without that script.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lastLines, runCommand } from './run-command.js';

const builder = 'redis-memory-server@0.17';

/** @returns What went wrong in a line, or where the program is: somewhere below `folder`. */
export async function compileRedis(
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<{ file: string } | { problem: string }> {
  for (const program of ['make', 'cc']) {
    const { code } = await runCommand(program, ['--version'], { environment });
    if (code === 127) return { problem: `no ${program} here to compile with` };
  }
  await writeFile(join(folder, 'package.json'), '{"private":true}');
  const install = await runCommand(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', builder],
    { cwd: folder, environment, timeoutMs: 180_000 },
  );
  if (install.code !== 0) return { problem: `npm install ${builder} failed: ${lastLines(install.output)}` };
  const compile = await runCommand(
    'node',
    [
      '-e',
      `require('redis-memory-server/lib/util/RedisBinary').default
        .getPath({ downloadDir: process.cwd() + '/compiled', version: 'stable', ignoreDownloadCache: false })
        .then((file) => console.log('program=' + file), (error) => { console.error(String(error)); process.exitCode = 1; })`,
    ],
    { cwd: folder, environment, timeoutMs: 900_000 },
  );
  const [, file] = /^program=(.+)$/m.exec(compile.stdout) ?? [];
  if (file === undefined) return { problem: `compiling Redis failed: ${lastLines(compile.output)}` };
  return { file };
}
