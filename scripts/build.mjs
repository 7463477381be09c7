/**
 * Compiles src/ into dist/, and the console into dist/console/, each when anything that goes into it has changed since.
 * What is no TypeScript is copied, and what has no source any more is removed: job types are found by looking into a
 * folder. Then what the servers load at their start is joined into few files.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { buildConsole } from './build-console.mjs';
import { alone, install, root } from './install.mjs';
import { filesIn, stampOf } from './stamp.mjs';

const source = join(root, 'src');
const target = join(root, 'dist');
const stampFile = join(target, '.stamp');

export async function build() {
  await compile();
  await buildConsole();
}

async function compile() {
  if (isFresh()) return;
  await alone(() => {
    if (isFresh()) return;
    console.log('Compiling src/ into dist/ …');
    const stamp = stampOfSource();
    rmSync(stampFile, { force: true });
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    run(compiler, '-p', 'tsconfig.build.json');
    removeOrphans();
    copyAssets();
    // A copy of the project without its servers has nothing to join.
    if (existsSync(join(target, 'index.js'))) run(join(root, 'scripts/bundle-servers.mjs'));
    writeFileSync(stampFile, stamp);
  });
}

function run(...program) {
  const { status } = spawnSync(process.execPath, program, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

const isFresh = () => existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stampOfSource();

const stampOfSource = () =>
  stampOf(
    ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json', join('scripts', 'bundle-servers.mjs')],
    ['src'],
  );

function removeOrphans() {
  for (const file of filesIn(target)) {
    const name = relative(target, file);
    if (name.startsWith(`console${sep}`)) continue;
    const origin = join(source, name.replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts'));
    if (!existsSync(origin) && !existsSync(join(source, name))) rmSync(file);
  }
}

function copyAssets() {
  for (const file of filesIn(source).filter((name) => !name.endsWith('.ts'))) {
    const copy = join(target, relative(source, file));
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(file, copy);
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  await install();
  await build();
}
