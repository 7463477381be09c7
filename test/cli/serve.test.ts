import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type RunOptions, runFile } from '../support/processes.js';
import { testRedisUrl } from '../support/redis.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const serveStandIn = (behaviour = '', options: RunOptions = {}) =>
  runFile('test/cli/stand-ins/served.ts', {
    args: [behaviour],
    environment: { REDIS_URL: testRedisUrl() },
    ...options,
  });

describe('serve', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('stops once on %s and exits 0', async (signal) => {
    const server = serveStandIn();
    await server.says(/started with unix:/);
    server.child.kill(signal);
    server.child.kill(signal);
    expect(await server.ended).toBe(0);
    expect(server.said().match(/stop called/g)).toHaveLength(1);
  });

  it('tells its parent that it is ready, and stops when the parent is gone', async () => {
    const server = serveStandIn('', { ipc: true });
    const message = await new Promise((resolve) => server.child.once('message', resolve));
    expect(message).toEqual({ kind: 'ready', url: 'http://127.0.0.1:3999' });
    server.child.disconnect();
    expect(await server.ended).toBe(0);
    expect(server.said()).toContain('stop called');
  });

  it('waits for nothing any more on a later second signal, and exits 0', async () => {
    const server = serveStandIn('slow');
    await server.says(/started/);
    server.child.kill('SIGTERM');
    await server.says(/stop called/);
    const again = setInterval(() => server.child.kill('SIGTERM'), 500);
    expect(await server.ended).toBe(0);
    clearInterval(again);
    expect(server.said().match(/stop called/g)).toHaveLength(1);
  });

  it('ends at once, and not with 0, on a third', async () => {
    const server = serveStandIn('stuck');
    await server.says(/started/);
    server.child.kill('SIGTERM');
    await server.says(/stop called/);
    const again = setInterval(() => server.child.kill('SIGTERM'), 50);
    expect(await server.ended).toBe(143);
    clearInterval(again);
  });

  it('names the setting of an address that cannot be had and exits 2', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    const [taken, foreign] = [
      serveStandIn('listen', { environment: { REDIS_URL: testRedisUrl(), PORT: String(port) } }),
      serveStandIn('listen', { environment: { REDIS_URL: testRedisUrl(), HOST: '192.0.2.1', PORT: '0' } }),
    ];
    expect(await taken.ended).toBe(2);
    expect(taken.said()).toBe(
      `PORT: expected a free port, got 127.0.0.1:${port}, where another program listens already\n`,
    );
    expect(await foreign.ended).toBe(2);
    expect(foreign.said()).toBe('HOST: expected an address of this machine, got 192.0.2.1:0\n');
  });

  it('exits 1 on an error that nobody expected, and logs it', async () => {
    const server = serveStandIn('defect');
    expect(await server.ended).toBe(1);
    expect(server.said()).toContain('nobody expected this');
  });

  it('prints every wrong setting and exits 2', async () => {
    const server = serveStandIn('', { environment: { PORT: 'x', WORKERS: '0' } });
    expect(await server.ended).toBe(2);
    expect(server.said()).toMatch(/^PORT: expected a whole number .*got "x"\nWORKERS: expected .*got "0"\n$/);
  });

  it('exits 2 on an address that nothing could be reached at', async () => {
    const server = serveStandIn('', {
      environment: { REDIS_URL: 'redis://:p%zz@h', REDIS_HOST: 'h:1', METRICS_ADDR: ':99999' },
    });
    expect(await server.ended).toBe(2);
    expect(server.said()).toMatch(
      /^REDIS_URL: expected .*\nREDIS_HOST: expected .*\nMETRICS_ADDR: expected .*\n$/,
    );
  });

  it('says what to do where there is no Redis', async () => {
    const server = serveStandIn('', { environment: { DATA_DIR: await temporaryFolder() } });
    expect(await server.ended).toBe(2);
    expect(server.said()).toMatch(/no private Redis runs on .*npm start.*REDIS_URL/s);
  });
});
