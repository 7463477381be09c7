/** The worker's own small HTTP server, at `--metrics-addr`: is it alive, is it ready, and its figures. */
import { createServer } from 'node:http';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Config } from '../config.js';
import { listen } from '../listen.js';
import type { Connection } from '../queue/connection.js';
import type { RunningServer } from '../running-server.js';

/** Undefined when no address is configured. */
export async function startProbes(
  config: Config,
  connection: Connection,
): Promise<RunningServer | undefined> {
  if (config.metricsAddr === undefined) return undefined;
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  const server = createServer(async (request, response) => {
    const answer = (status: number, type: string, body: string) =>
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
    switch (request.url) {
      case '/livez':
        return answer(200, 'application/json', '{"status":"up"}');
      case '/readyz': {
        const ready = connection.status === 'ready';
        return answer(
          ready ? 200 : 503,
          'application/json',
          JSON.stringify({ status: ready ? 'up' : 'down', redis: connection.status }),
        );
      }
      case '/metrics':
        return answer(200, metrics.contentType, await metrics.metrics());
      default:
        return answer(404, 'application/json', '{"paths":["/livez","/readyz","/metrics"]}');
    }
  });
  const [, host = '', port] = /^(.*):(\d+)$/.exec(config.metricsAddr) ?? [];
  const listening = await listen(server, {
    host: host.replace(/^\[(.*)\]$/, '$1') || '0.0.0.0',
    port: Number(port),
    settings: { host: 'metricsAddr', port: 'metricsAddr' },
  });
  return {
    url: `http://${host || '0.0.0.0'}:${listening}`,
    hurry: () => server.closeAllConnections(),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
