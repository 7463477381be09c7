/** The API server: makes the services, listens, and on `stop()` finishes its open requests. */
import { randomBytes } from 'node:crypto';
import type { Config } from '../config.js';
import { openFileStore } from '../files/open-file-store.js';
import { listen } from '../listen.js';
import { type Logger, oncePerMinute } from '../log.js';
import { connectImpatiently, connectToListen } from '../queue/connection.js';
import { EventHub } from '../queue/event-hub.js';
import { JobLogs } from '../queue/job-logs.js';
import { JobQueue } from '../queue/job-queue.js';
import { ownKeys } from '../queue/keys.js';
import type { RunningServer } from '../running-server.js';
import { loadRegistry } from '../workers/registry.js';
import { createApp } from './app.js';
import { createHttpServer } from './http-server.js';

/** Between two looks, during a stop, for connections that have had their answer, in milliseconds. */
const idleEveryMs = 50;

export async function startApiServer(config: Config, log: Logger): Promise<RunningServer> {
  const registry = await loadRegistry(config.jobTypes);
  const { redisUrl = '', redisPrefix: prefix, redisTimeoutMs: timeoutMs } = config;
  const connection = connectImpatiently(redisUrl, timeoutMs);
  connection.on(
    'error',
    oncePerMinute((error) => log.error({ err: error }, 'Redis does not answer; requests are answered 503')),
  );
  const queue = new JobQueue({ connection, prefix, timeoutMs, now: Date.now });
  const events = new EventHub({
    connection,
    connect: () => connectToListen(redisUrl, timeoutMs),
    keys: ownKeys(prefix),
    timeoutMs,
  });
  await queue.open([...registry.keys()]);
  const app = createApp({
    config,
    registry,
    queue,
    events,
    logs: new JobLogs({ connection, prefix, timeoutMs }),
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
      // Streams end, and whoever waits for a job is answered.
      events.close();
      const closing = setInterval(() => server.closeIdleConnections(), idleEveryMs);
      const late = setTimeout(() => server.closeAllConnections(), config.shutdownGraceMs);
      await closed;
      clearTimeout(late);
      clearInterval(closing);
      await queue.close();
      log.info('API server stopped');
    },
  };
}
