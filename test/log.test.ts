/** The logs as an operator gets them: of real processes, at the level that says most. */
import { expect, it, onTestFinished } from 'vitest';
import { startPrivateRedis } from '../src/queue/private-redis/start.js';
import { type RunningProcess, runFile, until } from './support/processes.js';
import { remoteServer } from './support/remote-server.js';
import { temporaryFolder } from './support/temporary-folder.js';

interface Line {
  name: string;
  msg: string;
  [fact: string]: unknown;
}

/** Each must be one JSON object. */
const linesOf = (process: RunningProcess): Line[] =>
  process
    .said()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

const signingSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** With a Redis that has a password and can be taken away. */
async function platform() {
  const dataDir = await temporaryFolder();
  const redis = await startPrivateRedis({ dataDir, cacheDir: './.cache' });
  onTestFinished(() => redis.stop());
  const environment = {
    REDIS_URL: redis.url,
    DATA_DIR: dataDir,
    JOB_TYPES: 'test/support/calling-types',
    OUTBOUND_ALLOW: '127.0.0.0/8',
    WEBHOOK_SECRETS: signingSecret,
    LOG_LEVEL: 'trace',
    PORT: '0',
  };
  const api = runFile('src/index.ts', { environment });
  const worker = runFile('src/workers/worker-server.ts', { environment });
  await worker.says(/worker server started/);
  const [, url = ''] = await api.says(/"url":"(http:[^"]+)"/);
  return { redis, api, worker, url };
}

it('ties requests to jobs and to their ends, and has none of the secrets that went through', async () => {
  // Whatever is secret here has `hush` in it.
  const { redis, api, worker, url } = await platform();
  const remote = await remoteServer((request, response) => {
    request.resume();
    if (request.url?.startsWith('/hush-broken')) request.socket.destroy();
    else response.end('hush-answer');
  });
  const send = (path: string, body?: unknown, more: Record<string, string> = {}) =>
    fetch(`${url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer hush-authorization',
        cookie: 'session=hush-cookie',
        'x-api-key': 'hush-api-key',
        ...more,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  const submit = async (target: string, options: object = {}, headers: Record<string, string> = {}) => {
    const body = { type: 'calling', payload: { url: target }, options: { attempts: 1, ...options } };
    const answer = await send('/api/jobs', body, { 'idempotency-key': `hush-${target}`, ...headers });
    return ((await answer.json()) as { jobId: string }).jobId;
  };

  const callbackUrl = `${remote.origin}/hush-hook?token=hush-token`;
  const jobId = await submit(
    `${remote.origin}/hush-path?key=hush-query`,
    { callbackUrl },
    { 'x-request-id': 'request-1' },
  );
  const brokenId = await submit(`${remote.origin}/hush-broken?key=hush-query`);
  await submit('http://hush-user:hush-word@example.com/');
  await send('/api/jobs/batch', [{ type: 'calling', payload: { url: 'hush' }, idempotencyKey: 'hush' }]);
  await send('/api/jobs', { type: 'calling', payload: { 'hush-member': 'hush-value' } });
  await send('/api/jobs', '{"hush-open: ', { 'x-request-id': '{"level":60,"msg":"forged"}' });
  await send('/api/jobs?access_token=hush-token&status=failed');
  await send('/nowhere%0A%7B%22level%22:60%7D?hush-flag');
  const payload = { url: `${remote.origin}/hush-schedule` };
  await send('/api/schedules', { id: 'often', type: 'calling', payload, everyMs: 1_000 });

  const ofApi = (fact: object) => linesOf(api).filter((line) => matches(line, fact));
  const ofWorker = (fact: object) => linesOf(worker).filter((line) => matches(line, fact));
  const ended = { msg: 'attempt ended' };
  await until(() => ofWorker({ ...ended, jobId: brokenId, outcome: 'retry' }).length > 0);
  await until(() => ofApi({ msg: 'job accepted', scheduleId: 'often' }).length > 0);
  const [queued] = await until(() => {
    const found = ofWorker({ msg: 'callback queued', jobId });
    return found.length > 0 && found;
  });
  const delivery = { ...ended, jobId: queued?.deliveryId };
  await until(() => ofWorker(delivery).length > 0);
  await redis.stop();
  await submit(`${remote.origin}/hush-late`);
  await worker.says(/the queue does not answer/);

  expect(ofApi({ msg: 'job accepted', jobId })).toMatchObject([{ requestId: 'request-1', type: 'calling' }]);
  expect(ofWorker({ msg: 'attempt started', jobId })).toMatchObject([{ requestId: 'request-1', attempt: 1 }]);
  expect(ofWorker({ ...ended, jobId })).toMatchObject([{ requestId: 'request-1', outcome: 'completed' }]);
  expect(ofWorker(delivery)).toMatchObject([{ requestId: 'request-1', outcome: 'completed' }]);
  expect(ofApi({ msg: 'schedule changed' })).toMatchObject([{ scheduleId: 'often', action: 'create' }]);
  expect(ofApi({ url: '/api/jobs?access_token=…&status=failed' })).toHaveLength(1);
  expect(ofApi({ url: '/nowhere%0A%7B%22level%22:60%7D?…' })).toHaveLength(1);
  expect(ofApi({ msg: 'queue_unavailable' })).not.toEqual([]);
  for (const server of [api, worker]) {
    expect(server.said()).not.toContain('hush');
    expect(server.said()).not.toContain('forged');
    expect(server.said()).not.toContain(decodeURIComponent(new URL(redis.url).password));
    expect(server.said()).not.toContain(signingSecret.slice('whsec_'.length));
  }
}, 60_000);

const matches = (line: Line, fact: object) =>
  Object.entries(fact).every(([name, value]) => line[name] === value);
