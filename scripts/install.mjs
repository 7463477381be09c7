/**
 * Installs the packages when they are missing or are not those of package-lock.json. Plain Node: it runs
 * before there is a node_modules. Two at once are safe: the second waits and then finds all done.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const oldestNode = [20, 19];
/** No install takes this long: whoever held the lock was killed, and its pid is another's now. */
const lockMsMax = 900_000;

export async function install() {
  requireNode();
  if (installedIsLocked()) return;
  await alone(() => {
    if (installedIsLocked()) return;
    console.log('Installing the packages of package-lock.json …');
    // Development packages as well, whatever NODE_ENV says: the compiler is one of them.
    npm(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
  });
}

/** Runs `task` while no other process of this checkout installs or builds. */
export async function alone(task) {
  const lock = join(root, '.cache', 'install.lock');
  mkdirSync(dirname(lock), { recursive: true });
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (isGone(lock)) rmSync(lock, { force: true });
      else await pause(100);
    }
  }
  const release = () => rmSync(lock, { force: true });
  process.once('exit', release);
  try {
    return await task();
  } finally {
    process.off('exit', release);
    release();
  }
}

function isGone(lock) {
  try {
    if (Date.now() - statSync(lock).mtimeMs > lockMsMax) return true;
    const pid = Number(readFileSync(lock, 'utf8'));
    // Created, and not written yet.
    if (pid === 0) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

/** Compares versions with those that npm noted down in node_modules at the end of its last install. */
function installedIsLocked() {
  const noted = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(noted)) return false;
  const installed = JSON.parse(readFileSync(noted, 'utf8')).packages;
  return Object.entries(lockedPackages()).every(
    ([path, { version, link, optional, devOptional, peer }]) =>
      path === '' ||
      link ||
      // Those of another platform, or that nothing needs, are left out.
      ((optional || devOptional || peer) && installed[path] === undefined) ||
      installed[path]?.version === version,
  );
}

const lockedPackages = () => JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;

/** The npm that runs us, else the one on PATH. */
function npm(args) {
  const own = process.env.npm_execpath;
  const [program, first] = own?.endsWith('.js') ? [process.execPath, [own]] : ['npm', []];
  const { status, error } = spawnSync(program, [...first, ...args], { cwd: root, stdio: 'inherit' });
  if (error !== undefined) console.error(`npm cannot be started: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  console.error(`Jobwright: expected Node ${oldestNode.join('.')} or newer, got ${process.versions.node}.`);
  process.exit(1);
}
