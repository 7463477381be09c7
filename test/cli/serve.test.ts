import { describe, expect, it } from 'vitest';
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

  it('ends at once, and not with 0, on a later second signal', async () => {
    const server = serveStandIn('slow');
    await server.says(/started/);
    server.child.kill('SIGTERM');
    await server.says(/stop called/);
    const again = setInterval(() => server.child.kill('SIGTERM'), 50);
    expect(await server.ended).toBe(143);
    clearInterval(again);
  });

  it('names the port that is taken and exits 2', async () => {
    const server = serveStandIn('busy', { environment: { REDIS_URL: testRedisUrl(), PORT: '4567' } });
    expect(await server.ended).toBe(2);
    expect(server.said()).toContain('PORT: expected a free port, got 127.0.0.1:4567');
    expect(server.said()).not.toContain('    at ');
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

  it('says what to do where there is no Redis', async () => {
    const server = serveStandIn('', { environment: { DATA_DIR: await temporaryFolder() } });
    expect(await server.ended).toBe(2);
    expect(server.said()).toMatch(/no private Redis runs on .*npm start.*REDIS_URL/s);
  });
});
