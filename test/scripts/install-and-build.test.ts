/** The scripts that run before anything is installed, each in a small project of its own. */
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { childEnvironment } from '../../src/config.js';
import { runCommand } from '../../src/queue/private-redis/run-command.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const packages = { '': {}, 'node_modules/one': { version: '1.0.0' } };

/** An npm that notes how it was called, and that all is installed. */
const npm = `const { appendFileSync, cpSync, mkdirSync } = require('node:fs');
appendFileSync('calls', process.argv.slice(2, 4).join(' ') + '\\n');
mkdirSync('node_modules', { recursive: true });
cpSync('package-lock.json', 'node_modules/.package-lock.json');
`;

async function project(locked: Record<string, object>): Promise<string> {
  const folder = await temporaryFolder();
  await cp('scripts', join(folder, 'scripts'), { recursive: true });
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify({ packages: locked }));
  await writeFile(join(folder, 'npm.js'), npm);
  return folder;
}

const install = (folder: string) =>
  runCommand(
    process.execPath,
    ['--input-type=module', '-e', "await (await import('./scripts/install.mjs')).install()"],
    { cwd: folder, environment: childEnvironment({ npm_execpath: join(folder, 'npm.js') }) },
  );

const calls = (folder: string) => readFile(join(folder, 'calls'), 'utf8').catch(() => '');

describe('scripts/install.mjs', () => {
  it('installs what is missing, and then has nothing to do', async () => {
    const folder = await project(packages);
    expect((await install(folder)).output).toContain('Installing the packages of package-lock.json');
    expect(await install(folder)).toMatchObject({ code: 0, output: '' });
    expect(await calls(folder)).toBe('ci --include=dev\n');
  });

  it('installs again when the lock file has changed', async () => {
    const folder = await project(packages);
    await install(folder);
    const changed = { ...packages, 'node_modules/one': { version: '1.0.1' } };
    await writeFile(join(folder, 'package-lock.json'), JSON.stringify({ packages: changed }));
    await install(folder);
    expect(await calls(folder)).toBe('ci --include=dev\n'.repeat(2));
  });

  it('installs once for two at the same time', async () => {
    const folder = await project(packages);
    await Promise.all([install(folder), install(folder)]);
    expect(await calls(folder)).toBe('ci --include=dev\n');
  });
});

describe('package-lock.json', () => {
  it('has the packages of every platform, without which `npm ci` refuses elsewhere, and no address', async () => {
    const text = await readFile('package-lock.json', 'utf8');
    const locked: Record<string, { optionalDependencies?: object }> = JSON.parse(text).packages;
    for (const [place, { optionalDependencies = {} }] of Object.entries(locked))
      for (const name of Object.keys(optionalDependencies))
        expect(
          [`node_modules/${name}`, `${place}/node_modules/${name}`].some((path) => path in locked),
          name,
        ).toBe(true);
    expect(text).not.toContain('"resolved"');
  });
});

describe('scripts/build.mjs', () => {
  it('compiles what has changed, copies data, and removes what has no source any more', async () => {
    const folder = await project({});
    await symlink(resolve('node_modules'), join(folder, 'node_modules'));
    for (const name of ['tsconfig.json', 'tsconfig.build.json']) await cp(name, join(folder, name));
    await mkdir(join(folder, 'src'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    await writeFile(join(folder, 'src/one.ts'), 'export const one: number = 1;\n');
    await writeFile(join(folder, 'src/data.txt'), 'data');
    const build = () =>
      runCommand(
        process.execPath,
        ['--input-type=module', '-e', "await (await import('./scripts/build.mjs')).build()"],
        { cwd: folder },
      );
    expect((await build()).output).toBe('Compiling src/ into dist/ …\n');
    expect(existsSync(join(folder, 'dist/one.js'))).toBe(true);
    expect(await readFile(join(folder, 'dist/data.txt'), 'utf8')).toBe('data');
    expect((await build()).output).toBe('');

    await rm(join(folder, 'src/one.ts'));
    await writeFile(join(folder, 'src/two.ts'), 'export const two: number = 2;\n');
    expect((await build()).code).toBe(0);
    expect(existsSync(join(folder, 'dist/one.js'))).toBe(false);
    expect(existsSync(join(folder, 'dist/two.js'))).toBe(true);
  });
});
