/**
 * Builds console/ into dist/console/ when anything that goes into it has changed since, and compresses each file once,
 * so that the server has nothing to compress.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { alone, install, root } from './install.mjs';
import { filesIn, stampOf } from './stamp.mjs';

const target = join(root, 'dist', 'console');
const stampFile = join(target, '.stamp');
/** Where compression gains something. */
const compressible = ['.html', '.js', '.css'];

export async function buildConsole() {
  if (isFresh()) return;
  await alone(() => {
    if (isFresh()) return;
    console.log('Building console/ into dist/console/ …');
    const stamp = stampOfSources();
    // In a process of its own, with a NODE_ENV of its own: it would set that of the servers, and obey that of tests.
    const vite = join(root, 'node_modules/vite/bin/vite.js');
    const { status } = spawnSync(process.execPath, [vite, 'build', '--config', 'vite.config.mjs'], {
      cwd: join(root, 'console'),
      stdio: 'inherit',
      env: { ...process.env, NODE_ENV: 'production' },
    });
    if (status !== 0) process.exit(status ?? 1);
    for (const file of filesIn(target).filter((name) => compressible.includes(extname(name)))) {
      const bytes = readFileSync(file);
      writeFileSync(`${file}.br`, brotliCompressSync(bytes));
      writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
    }
    writeFileSync(stampFile, stamp);
  });
}

/** A copy of the project without its console has nothing to build. */
const isFresh = () =>
  !existsSync(join(root, 'console')) ||
  (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stampOfSources());

const stampOfSources = () =>
  stampOf(
    ['package-lock.json', join('scripts', 'build-console.mjs')],
    ['console', join('src', 'client'), join('src', 'models')],
  );

if (argv[1] === fileURLToPath(import.meta.url)) {
  await install();
  await buildConsole();
}
