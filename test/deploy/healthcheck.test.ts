/** The health check of the image, against servers that answer, refuse, fail and say nothing. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { root } from '../support/markdown.js';
import { runFile } from '../support/processes.js';

async function serverThat(answers: RequestListener): Promise<string> {
  const server = createServer(answers).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  return String((server.address() as AddressInfo).port);
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return String(port);
}

const check = (environment: Record<string, string>) =>
  runFile(join(root, 'deploy/healthcheck.mjs'), { environment: { METRICS_ADDR: '', ...environment } });
const alive: RequestListener = (request, response) =>
  response.writeHead(request.url === '/livez' ? 200 : 404).end();

describe('deploy/healthcheck.mjs', () => {
  it('finds an API server at PORT, and a worker server at METRICS_ADDR', async () => {
    const [server, free] = [await serverThat(alive), await freePort()];
    expect(await check({ PORT: server }).ended).toBe(0);
    expect(await check({ PORT: free, METRICS_ADDR: `0.0.0.0:${server}` }).ended).toBe(0);
    expect(await check({ PORT: free, METRICS_ADDR: `[::]:${server}` }).ended).toBe(0);
  });

  it('fails where nobody listens, and says where it asked', async () => {
    const free = await freePort();
    const checked = check({ PORT: free });
    expect(await checked.ended).toBe(1);
    expect(checked.said()).toContain(`http://127.0.0.1:${free}/livez`);
  });

  it('fails for a server that answers something else, and for one that does not answer', async () => {
    const broken = await serverThat((_request, response) => response.writeHead(500).end());
    const silent = await serverThat(() => {});
    const [first, second] = [check({ PORT: broken }), check({ PORT: silent })];
    expect(await Promise.all([first.ended, second.ended])).toEqual([1, 1]);
    expect(first.said()).toContain('answered 500');
    expect(second.said()).toContain('no answer in 3000 ms');
  });
});
