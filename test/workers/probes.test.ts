import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLogger } from '../../src/log.js';
import { createMetrics } from '../../src/metrics/metrics.js';
import { connectPatiently } from '../../src/queue/connection.js';
import { startProbes } from '../../src/workers/probes.js';
import { until } from '../support/processes.js';
import { mistakesIn } from '../support/prometheus.js';
import { redisThatAnswers, testReadiness } from '../support/readiness.js';
import { testRedisUrl } from '../support/redis.js';

async function start(redisUrl: string, metricsAddr = '127.0.0.1:0') {
  const connection = connectPatiently(redisUrl);
  connection.on('error', () => {});
  onTestFinished(() => connection.disconnect());
  const { config, readiness } = await testReadiness(connection, redisUrl, { METRICS_ADDR: metricsAddr });
  const metrics = createMetrics('worker', []);
  const probes = await startProbes(config, readiness, metrics, createLogger(config, 'test'));
  onTestFinished(() => probes?.stop());
  const get = (path: string) => fetch(`${probes?.url}${path}`);
  return { probes, connection, get };
}

/** Nothing answers there: the first port is reserved, and no program takes it. */
const nowhere = 'redis://127.0.0.1:1';

describe("the worker's probes", () => {
  it('are not there where none are wanted', async () => {
    expect((await start(nowhere, 'none')).probes).toBeUndefined();
  });

  it('take the first free port of this machine from 9090 on where no address is configured', async () => {
    const first = await start(nowhere, '');
    const second = await start(nowhere, '');
    const [port = 0, next = 0] = [first, second].map(({ probes }) => {
      expect(probes?.url).toMatch(/^http:\/\/127\.0\.0\.1:9[01]\d\d$/);
      return Number(probes?.url?.slice(-4));
    });
    expect(next).toBeGreaterThan(port);
    expect(port).toBeGreaterThanOrEqual(9_090);
    expect((await second.get('/livez')).status).toBe(200);
  });

  it('GET /livez answers 200 whatever Redis does', async () => {
    const response = await (await start(nowhere)).get('/livez');
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({ status: 'up' });
  });

  it('GET /readyz answers 200 while Redis is there', async () => {
    const { get, connection } = await start(testRedisUrl());
    await until(() => connection.status === 'ready');
    const response = await get('/readyz');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: 'up',
      redis: redisThatAnswers,
      files: { status: 'up' },
      registry: { status: 'up', types: 1 },
    });
  });

  it('GET /readyz answers 503 while it is away', async () => {
    const response = await (await start(nowhere)).get('/readyz');
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      status: 'down',
      redis: { status: 'down', reason: 'There is no connection to Redis.' },
      files: { status: 'up' },
      registry: { status: 'up', types: 1 },
    });
  });

  it('GET /metrics is what Prometheus reads', async () => {
    const response = await (await start(nowhere)).get('/metrics');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const text = await response.text();
    expect(mistakesIn(text)).toEqual([]);
    expect(text).toMatch(/^process_cpu_seconds_total [\d.]+$/m);
    expect(text).toMatch(/^jobwright_redis_up 0$/m);
  });

  it('GET of anything else answers 404 with what there is', async () => {
    const response = await (await start(nowhere)).get('/');
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ paths: ['/livez', '/readyz', '/metrics'] });
  });

  it('name METRICS_ADDR where the port is taken, and where the address is not of this machine', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    await expect(start(nowhere, `127.0.0.1:${port}`)).rejects.toThrow(
      `METRICS_ADDR: expected a free port, got 127.0.0.1:${port}`,
    );
    await expect(start(nowhere, '192.0.2.1:0')).rejects.toThrow(
      'METRICS_ADDR: expected an address of this machine, got 192.0.2.1:0',
    );
  });
});
