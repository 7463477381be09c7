/**
 * Compiles src/ into dist/ when anything that goes into it has changed since. What is no TypeScript is
 * copied, and what has no source any more is removed: job types are found by looking into a folder.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { alone, install, root } from './install.mjs';

const source = join(root, 'src');
const target = join(root, 'dist');
const stampFile = join(target, '.stamp');

export async function build() {
  if (isFresh()) return;
  await alone(() => {
    if (isFresh()) return;
    console.log('Compiling src/ into dist/ …');
    const stamp = stampOfSource();
    rmSync(stampFile, { force: true });
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
      cwd: root,
      stdio: 'inherit',
    });
    if (status !== 0) process.exit(status ?? 1);
    removeOrphans();
    copyAssets();
    writeFileSync(stampFile, stamp);
  });
}

const isFresh = () => existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stampOfSource();

function stampOfSource() {
  const configuration = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];
  const files = [...configuration.map((name) => join(root, name)), ...filesIn(source)].sort();
  const hash = createHash('sha256');
  for (const file of files) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${relative(root, file)} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function removeOrphans() {
  for (const file of filesIn(target)) {
    const name = relative(target, file);
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

const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

if (argv[1] === fileURLToPath(import.meta.url)) {
  await install();
  await build();
}
