/** The API server: makes the services, listens, and on `stop()` finishes its open requests. */
import { randomBytes } from 'node:crypto';
import type { Config } from '../config.js';
import { openFileStore } from '../files/open-file-store.js';
import { listen } from '../listen.js';
import { type Logger, oncePerMinute } from '../log.js';
import { Callbacks } from '../queue/callbacks.js';
import { connectImpatiently } from '../queue/connection.js';
import { JobQueue } from '../queue/job-queue.js';
import type { RunningServer } from '../running-server.js';
import { loadRegistry } from '../workers/registry.js';
import { createApp } from './app.js';
import { createHttpServer } from './http-server.js';

export async function startApiServer(config: Config, log: Logger): Promise<RunningServer> {
  const registry = await loadRegistry(config.jobTypes);
  const connection = connectImpatiently(config.redisUrl ?? '', config.redisTimeoutMs);
  connection.on(
    'error',
    oncePerMinute((error) => log.error({ err: error }, 'Redis does not answer; requests are answered 503')),
  );
  const queue = new JobQueue({
    connection,
    prefix: config.redisPrefix,
    timeoutMs: config.redisTimeoutMs,
    now: Date.now,
  });
  await queue.open([...registry.keys()]);
  const callbacks = new Callbacks({
    connection,
    prefix: config.redisPrefix,
    queue,
    definitions: registry,
    basePath: config.basePath,
    bytesMax: config.callbackBytesMax,
    timeoutMs: config.redisTimeoutMs,
    now: Date.now,
    random: randomBytes,
  });
  const app = createApp({
    config,
    registry,
    queue,
    callbacks,
    files: openFileStore(config),
    log,
    now: Date.now,
    random: randomBytes,
  });
  const server = createHttpServer(app, config.basePath);
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
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      const late = setTimeout(() => server.closeAllConnections(), config.shutdownGraceMs);
      await closed;
      clearTimeout(late);
      await queue.close();
      log.info('API server stopped');
    },
  };
}
