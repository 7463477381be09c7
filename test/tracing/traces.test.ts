/** Traces as an operator gets them: real processes that send to a collector. */
import { describe, expect, it } from 'vitest';
import { tracingAsked } from '../../src/config.js';
import { type RunningProcess, runFile, until } from '../support/processes.js';
import { testPrefix, testRedisUrl } from '../support/redis.js';
import { remoteServer } from '../support/remote-server.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { type TraceCollector, traceCollector } from '../support/trace-collector.js';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const callersSpanId = '00f067aa0ba902b7';

interface Platform {
  url: string;
  api: RunningProcess;
  worker: RunningProcess;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Record<string, string>>;
}

async function platform(more: Record<string, string> = {}): Promise<Platform> {
  const environment = {
    REDIS_URL: testRedisUrl(),
    REDIS_PREFIX: testPrefix(),
    DATA_DIR: await temporaryFolder(),
    JOB_TYPES: 'test/support/calling-types',
    OUTBOUND_ALLOW: '127.0.0.0/8',
    WEBHOOK_SECRETS: `whsec_${'A'.repeat(43)}=`,
    PORT: '0',
    ...more,
  };
  const api = runFile('src/index.ts', { environment });
  const worker = runFile('src/workers/worker-server.ts', { environment });
  await worker.says(/worker server started/);
  const [, url = ''] = await api.says(/"url":"(http:[^"]+)"/);
  return {
    url,
    api,
    worker,
    async post(path, body, headers = {}) {
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
      expect(response.status).toBeLessThan(300);
      return (await response.json()) as Record<string, string>;
    },
  };
}

const spansOf = ({ spans }: TraceCollector, id: string) => spans.filter((span) => span.traceId === id);

describe('a trace', () => {
  it('goes from a request through the queue to the processors, their calls and the callback, over two processes', async () => {
    const collector = await traceCollector();
    const remote = await remoteServer((request, response) => {
      request.resume();
      if (request.url === '/moved') response.writeHead(302, { location: '/here' });
      response.end();
    });
    const { api, worker, post } = await platform(collector.environment);
    const { jobId } = await post(
      '/api/jobs',
      {
        type: 'calling',
        payload: { url: `${remote.origin}/moved` },
        children: [{ type: 'calling_in_thread', payload: { url: `${remote.origin}/child?key=url-secret` } }],
        options: { callbackUrl: `${remote.origin}/hooks/path-secret` },
      },
      { traceparent: `00-${traceId}-${callersSpanId}-01`, baggage: 'user=baggage-secret' },
    );

    const received = await collector.span('POST /api/jobs');
    expect(received).toMatchObject({
      traceId,
      parentSpanId: callersSpanId,
      service: 'jobwright-api',
      kind: 2,
    });
    expect(received.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/api/jobs',
      'url.path': '/api/jobs',
      'http.response.status_code': 202,
    });
    const sent = await collector.span('send calling');
    expect(sent).toMatchObject({ traceId, parentSpanId: received.spanId, kind: 4 });
    expect(sent.attributes).toMatchObject({
      'messaging.system': 'bullmq',
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'calling',
      'messaging.message.id': jobId,
    });

    const run = await collector.span('process calling');
    expect(run).toMatchObject({ traceId, parentSpanId: sent.spanId, service: 'jobwright-worker', kind: 5 });
    expect(run.attributes).toMatchObject({
      'messaging.message.id': jobId,
      'messaging.operation.type': 'process',
      'jobwright.attempt': 1,
      'jobwright.outcome': 'completed',
    });
    expect(run.attributes['process.pid']).not.toBe(received.attributes['process.pid']);
    const childRun = await collector.span('process calling_in_thread');
    expect(childRun).toMatchObject({ traceId, parentSpanId: sent.spanId, service: 'jobwright-worker' });

    const delivery = await collector.span('send callback_delivery');
    expect(delivery).toMatchObject({ traceId, parentSpanId: sent.spanId, service: 'jobwright-worker' });
    const delivered = await collector.span('process callback_delivery');
    expect(delivered).toMatchObject({ traceId, parentSpanId: delivery.spanId });

    // Each receiver is told the span of the call that it got.
    const calls = await until(() => {
      const clients = spansOf(collector, traceId).filter(({ kind }) => kind === 3);
      return clients.length === 4 && clients;
    });
    expect(calls.map(({ parentSpanId }) => parentSpanId).sort()).toEqual(
      [childRun.spanId, run.spanId, run.spanId, delivered.spanId].sort(),
    );
    expect(remote.requests.map(({ headers }) => headers.traceparent).sort()).toEqual(
      calls.map(({ spanId }) => `00-${traceId}-${spanId}-01`).sort(),
    );
    for (const { headers } of remote.requests) expect(headers.baggage ?? headers.tracestate).toBeUndefined();
    expect(calls.find(({ attributes }) => attributes['http.request.resend_count'] === 1)).toBeDefined();

    for (const log of [api.said(), worker.said()]) expect(log).toContain(`"traceId":"${traceId}"`);
    expect(worker.said()).toMatch(new RegExp(`"traceId":"${traceId}".*"attempt ended"`));
    expect(collector.received()).not.toContain('secret');

    worker.child.kill('SIGTERM');
    expect(await worker.ended).toBe(0);
  }, 60_000);

  it('is a new one for each run of a schedule, and tells that an attempt failed', async () => {
    const collector = await traceCollector();
    const { post } = await platform(collector.environment);
    await post('/api/schedules', {
      type: 'calling',
      payload: { url: 'http://192.0.2.1/' },
      everyMs: 1_000,
    });
    const created = await collector.span('POST /api/schedules');
    const sent = await collector.span('send calling');
    expect(sent.traceId).not.toBe(created.traceId);
    expect(sent.parentSpanId ?? '').toBe('');
    const run = await collector.span('process calling', ({ parentSpanId }) => parentSpanId === sent.spanId);
    expect(run).toMatchObject({ traceId: sent.traceId, failed: true });
    expect(run.attributes).toMatchObject({
      'error.type': 'address_not_public',
      'jobwright.outcome': 'failed',
    });
    const call = await collector.span('GET', ({ parentSpanId }) => parentSpanId === run.spanId);
    expect(call).toMatchObject({ failed: true });
  }, 60_000);
});

it('is no reason for a server to hang where the collector does not answer', async () => {
  const silent = await remoteServer((request) => void request.resume());
  const { api, worker, url } = await platform({
    OTEL_EXPORTER_OTLP_ENDPOINT: silent.origin,
    OTEL_EXPORTER_OTLP_TIMEOUT: '300',
    OTEL_BSP_SCHEDULE_DELAY: '50',
  });
  expect((await fetch(`${url}/api/types`)).status).toBe(200);
  await api.says(/the spans do not reach their collector/);
  expect((await fetch(`${url}/api/types`)).status).toBe(200);
  const startMs = performance.now();
  for (const server of [api, worker]) server.child.kill('SIGTERM');
  expect(await Promise.all([api.ended, worker.ended])).toEqual([0, 0]);
  expect(performance.now() - startMs).toBeLessThan(10_000);
}, 60_000);

describe('tracing that nobody asks for', () => {
  it.each([
    [{}, '0 modules'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_SDK_DISABLED: 'true' }, '0 modules'],
    [{ OTEL_TRACES_EXPORTER: 'none' }, '0 modules'],
  ])('loads nothing with %j', async (environment, said) => {
    const run = runFile('test/tracing/stand-ins/loaded-modules.ts', { environment });
    expect(await run.ended).toBe(0);
    expect(run.said()).toBe(`${said}\n`);
  });

  it.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }, true],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:4318/v1/traces' }, true],
    [{ OTEL_TRACES_EXPORTER: 'console' }, true],
    [{ OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }, false],
    [{ OTEL_SDK_DISABLED: 'TRUE', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, false],
    [{ OTEL_SERVICE_NAME: 'mine' }, false],
  ])('%j asks for it: %s', (environment, asked) => {
    expect(tracingAsked(environment)).toBe(asked);
  });
});
