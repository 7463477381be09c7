/**
 * What the Dockerfile and compose.yaml do, without a container engine: the same packages and the same build in fresh
 * folders; then both servers as the user `nobody`, each as process 1 of a process namespace, without capabilities, in
 * a file system that is read-only but for the data folder and a fresh /tmp. Jobs run, health checks answer, and SIGTERM
 * ends each server with 0, also while it is being loaded.
 *
 *     sudo node deploy/try-without-containers.mjs
 *
 * Linux, as root. `redis-server` comes from PATH, or is the one that `npm start` has unpacked. Takes about a minute.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { env, execPath, exit } from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
// Not below /tmp: the servers get one of their own.
const folder = mkdtempSync('/var/tmp/jobwright-try-');
const app = join(folder, 'app');
const data = join(folder, 'data');
const types = join(folder, 'types');
const children = [];
let failed = 0;

process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

install();
await run();
console.log(failed === 0 ? 'All passed.' : `${failed} failed.`);
exit(failed === 0 ? 0 : 1);

/** The stages of the Dockerfile. */
function install() {
  const build = stage('build', ['package.json', 'package-lock.json']);
  command('npm ci --include=dev --ignore-scripts --no-audit --no-fund', build);
  copy(['tsconfig.json', 'tsconfig.build.json', 'scripts', 'src'], build);
  command('node scripts/build.mjs', build);

  const production = stage('production', ['package.json', 'package-lock.json']);
  command('npm ci --omit=dev --ignore-scripts --no-audit --no-fund', production);

  stage('app', ['package.json', 'LICENSE', 'deploy/healthcheck.mjs']);
  cpSync(join(production, 'node_modules'), join(app, 'node_modules'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  cpSync(join(build, 'dist'), join(app, 'dist'), { recursive: true });
  rmSync(build, { recursive: true });
  rmSync(production, { recursive: true });

  cpSync(join(checkout, 'examples/my-types'), types, { recursive: true });
  mkdirSync(data);
  command(`chown nobody ${data}`, folder);
  command(`chown -R root:root ${app} ${types}`, folder);
  command(`chmod -R go+rX,a-w ${app} ${types}`, folder);
  chmodSync(folder, 0o755);
}

/** A server of each role, jobs, and the end of both. */
async function run() {
  const [redisPort, apiPort, workerPort, earlyPort] = await freePorts(4);
  const redisUrl = `redis://127.0.0.1:${redisPort}`;
  startRedis(redisPort);
  const settings = { REDIS_URL: redisUrl, PORT: String(apiPort), METRICS_ADDR: `127.0.0.1:${workerPort}` };
  const servers = {
    API: confined('api', { ...settings, METRICS_ADDR: '' }),
    worker: confined('worker', { ...settings, PORT: String(earlyPort) }),
  };
  const urls = [apiPort, workerPort].map((port) => `http://127.0.0.1:${port}`);
  const jobs = spawn(execPath, [join(checkout, 'deploy/try-jobs.mjs'), ...urls], { stdio: 'inherit' });
  children.push(jobs);
  expect('jobs', 0, (await once(jobs, 'exit'))[0]);

  expect('user of the API server', 'nobody', ownerOf(init(servers.API)));
  for (const settings of [
    { PORT: String(apiPort) },
    { PORT: String(earlyPort), METRICS_ADDR: `:${workerPort}` },
  ]) {
    const { status } = spawnSync(execPath, [join(app, 'deploy/healthcheck.mjs')], {
      env: { ...env, ...settings },
    });
    expect(`health check with ${JSON.stringify(settings)}`, 0, status);
  }
  const { status } = spawnSync(execPath, [join(app, 'deploy/healthcheck.mjs')], {
    env: { ...env, PORT: String(earlyPort), METRICS_ADDR: '' },
  });
  expect('health check where nobody listens', 1, status);
  expect('what was written to the data folder', 'files', readdirSync(data).join());

  for (const [name, server] of Object.entries(servers)) {
    process.kill(init(server), 'SIGTERM');
    expect(`exit code of the ${name} server after SIGTERM`, 0, await server.ended);
    expect(
      `last words of the ${name} server`,
      `${name} server stopped`,
      JSON.parse(server.lines().at(-1)).msg,
    );
  }
  const early = confined('api', { ...settings, PORT: String(earlyPort) });
  await pause(150);
  process.kill(init(early), 'SIGTERM');
  expect('exit code after SIGTERM while it is being loaded', 0, await early.ended);
}

/** As a container would run it. */
function confined(role, settings) {
  const script = `
    set -eu
    mount --make-rprivate /
    mount --bind ${data} ${data}
    mount -o remount,bind,ro /
    mount -t tmpfs -o size=64m,mode=1777 tmpfs /tmp
    mount -t proc proc /proc
    cd ${app}
    exec setpriv --reuid nobody --regid nogroup --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all \
      ${execPath} --import ${app}/dist/cli/stop-while-loading.js ${app}/dist/cli/jobwright.js --role ${role}`;
  const child = spawn('unshare', ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', script], {
    env: {
      PATH: env.PATH,
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      DATA_DIR: data,
      JOB_TYPES: types,
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (said += part));
  const ended = once(child, 'close').then(([code, signal]) => {
    if (code !== 0) console.log(said);
    return signal ?? code;
  });
  return { pid: child.pid, ended, lines: () => said.trim().split('\n') };
}

/** The process that has the number 1 in its namespace. */
function init({ pid }) {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'));
}

function ownerOf(pid) {
  return execFileSync('stat', ['-c', '%U', `/proc/${pid}`], { encoding: 'utf8' }).trim();
}

function startRedis(port) {
  const unpacked = join(checkout, '.cache');
  const roots = existsSync(unpacked) ? readdirSync(unpacked).map((name) => join(unpacked, name, 'root')) : [];
  const root = roots.find((candidate) => existsSync(join(candidate, 'usr/bin/redis-server')));
  const libraries =
    root === undefined
      ? ''
      : join(root, 'usr/lib', `${process.arch === 'x64' ? 'x86_64' : 'aarch64'}-linux-gnu`);
  const args = `--port ${port} --bind 127.0.0.1 --save  --appendonly yes --maxmemory-policy noeviction --dir ${folder}`;
  const redis = spawn(
    root === undefined ? 'redis-server' : join(root, 'usr/bin/redis-server'),
    args.split(' '),
    {
      stdio: 'ignore',
      env: { ...env, LD_LIBRARY_PATH: libraries },
    },
  );
  children.push(redis);
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

function stage(name, files) {
  const path = join(folder, name);
  mkdirSync(path);
  copy(files, path);
  return path;
}

function copy(names, target) {
  for (const name of names) cpSync(join(checkout, name), join(target, name), { recursive: true });
}

function command(line, cwd) {
  console.log(`$ ${line}`);
  const [program, ...args] = line.split(' ');
  const { status } = spawnSync(program, args, { cwd, stdio: 'inherit' });
  if (status !== 0) exit(1);
}

function expect(what, expected, actual) {
  if (actual !== expected) failed += 1;
  const verdict =
    actual === expected
      ? `passed   ${what}: ${actual}`
      : `FAILED   ${what}: expected ${expected}, got ${actual}`;
  console.log(verdict);
}
