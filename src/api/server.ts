/** The API server: makes the services, listens, and on `stop()` finishes its open requests. */
import type { Config } from '../config.js';
import { listen } from '../listen.js';
import type { Logger } from '../log.js';
import { startMetricsServer } from '../metrics/metrics-server.js';
import type { RunningServer } from '../running-server.js';
import { requireKeys } from './access/require-keys.js';
import { createApp } from './app.js';
import { createHttpServer } from './http-server.js';
import { openServices } from './open-services.js';

/** Between two looks, during a stop, for connections that have had their answer, in milliseconds. */
const idleEveryMs = 50;

export async function startApiServer(config: Config, log: Logger): Promise<RunningServer> {
  requireKeys(config, log);
  const { services, close } = await openServices(config, log);
  const { metrics } = services;
  const metricsServer = await startMetricsServer({ config, log, metrics, findsAddress: false });
  const app = createApp(services);
  const server = createHttpServer(app, config);
  const port = await listen(server, {
    host: config.host,
    port: config.port,
    settings: { host: 'host', port: 'port' },
  });
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  const url = `http://${host}:${port}${config.basePath}`;
  log.info({ url }, 'API server listening');
  return {
    url,
    hurry: () => server.closeAllConnections(),
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      // Streams end, and whoever waits for a job is answered.
      services.events.close();
      const closing = setInterval(() => server.closeIdleConnections(), idleEveryMs);
      const late = setTimeout(() => server.closeAllConnections(), config.shutdownGraceMs);
      await closed;
      clearTimeout(late);
      clearInterval(closing);
      await metricsServer?.stop();
      await close();
      log.info('API server stopped');
    },
  };
}
