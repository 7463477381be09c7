/** The supervisor on real processes: the private Redis is a real one, the two servers are stand-ins. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gone, type RunningProcess, runFile, until } from '../support/processes.js';
import { testRedisUrl } from '../support/redis.js';
import { temporaryFolder } from '../support/temporary-folder.js';

interface Started {
  supervisor: RunningProcess;
  api: number;
  worker: number;
  redis: number;
}

function launch(
  folder: string,
  args: string[] = [],
  environment: Record<string, string> = {},
): RunningProcess {
  return runFile('test/cli/stand-ins/supervisor.ts', {
    args,
    environment: { DATA_DIR: folder, CACHE_DIR: './.cache', ...environment },
  });
}

async function startAll(folder: string, ...args: string[]): Promise<Started> {
  const supervisor = launch(folder, args);
  await supervisor.says(/Jobwright is ready/);
  return {
    supervisor,
    api: await pidIn(supervisor, 'api'),
    worker: await pidIn(supervisor, 'worker'),
    redis: await redisPid(folder),
  };
}

const pidIn = async (supervisor: RunningProcess, name: string, start = '\\d+') =>
  Number((await supervisor.says(new RegExp(`${name} pid (\\d+) start ${start} `)))[1]);

const redisPid = async (folder: string) =>
  (JSON.parse(await readFile(join(folder, 'redis/running.json'), 'utf8')) as { server: { pid: number } })
    .server.pid;

const order = (text: string, ...parts: string[]) => parts.map((part) => text.indexOf(part));

describe('jobwright --role all', () => {
  it('says where everything is', async () => {
    const folder = await temporaryFolder();
    const { supervisor } = await startAll(folder);
    expect(supervisor.said()).toContain('API            http://127.0.0.1:3999\n');
    expect(supervisor.said()).toContain('Documentation  http://127.0.0.1:3999/docs/\n');
    expect(supervisor.said()).toContain(`Data           ${folder}\n`);
    expect(supervisor.said()).toMatch(
      /Redis {10}(Redis|Valkey) \d+\.\d+\.\d+ \(.+\), socket .+redis\.sock\n/,
    );
    expect(supervisor.said()).toContain('Stop           Ctrl-C\n');
    expect(supervisor.said()).not.toContain(await readFile(join(folder, 'redis/password'), 'utf8'));
    supervisor.child.kill('SIGTERM');
    expect(await supervisor.ended).toBe(0);
  });

  it('makes a secret for callbacks, gives it to both servers, keeps it, and says where it is', async () => {
    const folder = await temporaryFolder();
    const signsWith = async (supervisor: RunningProcess) => [
      (await supervisor.says(/api signs with (\S+)/))[1],
      (await supervisor.says(/worker signs with (\S+)/))[1],
    ];
    const first = await startAll(folder);
    const secret = (await readFile(join(folder, 'webhook-secret'), 'utf8')).trim();
    const digest = createHash('sha256').update(secret).digest('hex');
    expect(first.supervisor.said()).toContain(
      `Callbacks      signed with the secret in ${join(folder, 'webhook-secret')}\n`,
    );
    expect(first.supervisor.said()).not.toContain(secret);
    expect(await signsWith(first.supervisor)).toEqual([digest, digest]);
    first.supervisor.child.kill('SIGINT');
    await first.supervisor.ended;
    const second = await startAll(folder);
    expect(await signsWith(second.supervisor)).toEqual([digest, digest]);
  });

  it('leaves the secret to whoever configures one', async () => {
    const folder = await temporaryFolder();
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const supervisor = launch(folder, [], { WEBHOOK_SECRETS: secret });
    await supervisor.says(/Jobwright is ready/);
    expect(supervisor.said()).not.toContain('signed with');
    await supervisor.says(new RegExp(`api signs with ${createHash('sha256').update(secret).digest('hex')}`));
    expect(existsSync(join(folder, 'webhook-secret'))).toBe(false);
  });

  it('on Ctrl-C stops the servers first and Redis last, exits 0, and leaves nothing running', async () => {
    const folder = await temporaryFolder();
    const { supervisor, api, worker, redis } = await startAll(folder);
    supervisor.child.kill('SIGINT');
    // npm hands the same Ctrl-C on a second time.
    supervisor.child.kill('SIGINT');
    expect(await supervisor.ended).toBe(0);
    const said = supervisor.said();
    const positions = order(
      said,
      'Stopping',
      'api stops on SIGTERM',
      'api stopped, redis says PONG',
      'Stopped.',
    );
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(said).toContain('worker stopped, redis says PONG');
    await gone(api, worker, redis);
    expect(existsSync(join(folder, 'jobwright.lock'))).toBe(false);
    expect(existsSync(join(folder, 'redis/running.json'))).toBe(false);
  });

  it('finds the data of the run before', async () => {
    const folder = await temporaryFolder();
    const first = await startAll(folder);
    first.supervisor.child.kill('SIGINT');
    await first.supervisor.ended;
    const second = await startAll(folder);
    expect(second.supervisor.said()).toMatch(/api pid \d+ start 2 /);
  });

  it('refuses a folder that is in use, says who has it, and harms nothing', async () => {
    const folder = await temporaryFolder();
    const first = await startAll(folder);
    const second = launch(folder);
    expect(await second.ended).toBe(1);
    expect(second.said()).toContain(`process ${first.supervisor.pid}, at http://127.0.0.1:3999`);
    expect(second.said()).toContain('DATA_DIR=');
    expect(await redisPid(folder)).toBe(first.redis);
    first.supervisor.child.kill('SIGINT');
    expect(await first.supervisor.ended).toBe(0);
    expect(first.supervisor.said()).toContain('worker stopped, redis says PONG');
  });

  it('lets exactly one of two start that begin at the same instant', async () => {
    const folder = await temporaryFolder();
    const both = [launch(folder), launch(folder)];
    const results = await Promise.all(
      both.map((one) => Promise.race([one.says(/Jobwright is ready/).then(() => 'ready'), one.ended])),
    );
    expect(results.sort()).toEqual([1, 'ready']);
    const winner = both.find((one) => one.child.exitCode === null);
    winner?.child.kill('SIGTERM');
    expect(await winner?.ended).toBe(0);
  });

  it('killed with -9 leaves nothing behind, and starts again with its data', async () => {
    const folder = await temporaryFolder();
    const first = await startAll(folder);
    process.kill(first.supervisor.pid, 'SIGKILL');
    await gone(first.api, first.worker, first.redis);
    // Redis was there until the servers had stopped.
    await first.supervisor.ended;
    expect(first.supervisor.said()).toContain('api stopped, redis says PONG');
    expect(first.supervisor.said()).toContain('worker stopped, redis says PONG');
    const second = await startAll(folder);
    expect(second.supervisor.said()).toMatch(/api pid \d+ start 2 /);
  });

  it.each(['api', 'worker'] as const)('starts the %s again after kill -9', async (name) => {
    const { supervisor, ...pids } = await startAll(await temporaryFolder());
    process.kill(pids[name], 'SIGKILL');
    const again = await pidIn(supervisor, name, '2');
    await supervisor.says(/server is back/);
    expect(supervisor.said()).toMatch(/server ended \(SIGKILL\): starting it again/);
    supervisor.child.kill('SIGTERM');
    expect(await supervisor.ended).toBe(0);
    await gone(again);
  });

  it('starts Redis again after kill -9, where the servers find it with its data', async () => {
    const folder = await temporaryFolder();
    const { supervisor, redis } = await startAll(folder);
    process.kill(redis, 'SIGKILL');
    await supervisor.says(/Redis is back/);
    supervisor.child.kill('SIGTERM');
    expect(await supervisor.ended).toBe(0);
    expect(supervisor.said()).toContain('api stopped, redis says PONG');
    const again = await startAll(folder);
    expect(again.supervisor.said()).toMatch(/api pid \d+ start 2 /);
  });

  it('hands a second Ctrl-C on to the servers, and stops at once on a third', async () => {
    const folder = await temporaryFolder();
    const { supervisor, api, worker, redis } = await startAll(folder, '', 'hang');
    supervisor.child.kill('SIGINT');
    await supervisor.says(/worker stops on SIGTERM/);
    const over = supervisor.ended.then((how) => ({ how }));
    const { how } = await until(async () => {
      supervisor.child.kill('SIGINT');
      return Promise.race([over, Promise.resolve(undefined)]);
    });
    expect(how).toBe(130);
    expect(supervisor.said()).toContain('Handing back what is unfinished.');
    expect(supervisor.said()).toContain('worker is to hurry');
    await gone(api, worker, redis);
    expect(existsSync(join(folder, 'jobwright.lock'))).toBe(false);
  });

  it('ends by force what does not stop in time', async () => {
    const supervisor = launch(await temporaryFolder(), ['', 'hang'], { SHUTDOWN_GRACE_MS: '0' });
    await supervisor.says(/Jobwright is ready/);
    supervisor.child.kill('SIGTERM');
    expect(await supervisor.ended).toBe(0);
    expect(supervisor.said()).toMatch(/worker server did not stop in \d+ ms: ending it/);
  });

  it('gives up, with the exit code, where a server cannot start at all', async () => {
    const folder = await temporaryFolder();
    const supervisor = launch(folder, ['refuse']);
    expect(await supervisor.ended).toBe(2);
    expect(supervisor.said()).toContain('api: expected something else');
    expect(supervisor.said()).toContain('The API server did not start (exit code 2)');
    expect(existsSync(join(folder, 'redis/running.json'))).toBe(false);
    expect(existsSync(join(folder, 'jobwright.lock'))).toBe(false);
  });

  it('uses the Redis that is configured, shows no password, and starts none', async () => {
    const folder = await temporaryFolder();
    const supervisor = launch(folder, [], { REDIS_URL: testRedisUrl() });
    await supervisor.says(/Jobwright is ready/);
    expect(existsSync(join(folder, 'redis'))).toBe(false);
    expect(supervisor.said()).not.toContain(new URL(testRedisUrl()).password);
    supervisor.child.kill('SIGTERM');
    expect(await supervisor.ended).toBe(0);
  });

  it('is an error in production without a Redis', async () => {
    const folder = await temporaryFolder();
    const supervisor = launch(folder, [], { NODE_ENV: 'production' });
    expect(await supervisor.ended).toBe(2);
    expect(supervisor.said()).toContain('REDIS_URL: expected redis://');
    expect(existsSync(join(folder, 'redis'))).toBe(false);
  });
});
