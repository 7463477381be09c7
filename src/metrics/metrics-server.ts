/**
 * A small HTTP server beside what a process does otherwise, at `METRICS_ADDR`: its figures, and whatever more the
 * process has to say there. A worker server without an address takes the first free port from 9090 on, for this
 * machine only.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from '../config.js';
import { listen } from '../listen.js';
import type { Logger } from '../log.js';
import type { RunningServer } from '../running-server.js';
import type { Metrics } from './metrics.js';

export interface Answer {
  status: number;
  contentType: string;
  body: string;
}

/** By path. */
export type Pages = Readonly<Record<string, () => Answer | Promise<Answer>>>;

/** Where a worker server listens that is told nothing: the first of these ports that is free. */
const ownAddress = { host: '127.0.0.1', port: 9_090, portMax: 9_189 };

export interface MetricsServerOptions {
  config: Pick<Config, 'metricsAddr'>;
  log: Logger;
  metrics: Metrics;
  /** Beside `/metrics`. */
  pages?: Pages;
  /** Whether it looks for an address of its own where none is configured. */
  findsAddress: boolean;
}

/** Undefined where there is none to be. @throws ConfigError where the configured address cannot be had */
export async function startMetricsServer(options: MetricsServerOptions): Promise<RunningServer | undefined> {
  const { config, log, metrics, findsAddress } = options;
  if (config.metricsAddr === 'none' || (config.metricsAddr === undefined && !findsAddress)) return undefined;
  const pages: Pages = {
    ...options.pages,
    '/metrics': async () => ({
      status: 200,
      contentType: metrics.contentType,
      body: await metrics.text(),
    }),
  };
  const server = createServer(async (request, response) => {
    const { status, contentType, body } = await pageAt(pages, request.url).catch((err: unknown) => {
      log.error({ err }, 'the figures cannot be told');
      return json(500, { status: 'down' });
    });
    response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' }).end(body);
  });
  const url =
    config.metricsAddr === undefined
      ? await listenAtFirstFree(server)
      : await listenAt(server, config.metricsAddr);
  if (url === undefined) {
    const { host, port, portMax } = ownAddress;
    log.warn(`metrics: no port of ${host} from ${port} to ${portMax} is free; set METRICS_ADDR`);
    return undefined;
  }
  log.info({ url: `${url}/metrics` }, 'metrics');
  return {
    url,
    hurry: () => server.closeAllConnections(),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const json = (status: number, body: unknown): Answer => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(body),
});

async function pageAt(pages: Pages, url = ''): Promise<Answer> {
  const [path = ''] = url.split('?');
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  return page === undefined ? json(404, { paths: Object.keys(pages) }) : page();
}

async function listenAt(server: Server, address: string): Promise<string> {
  const [, host = '', port] = /^(.*):(\d+)$/.exec(address) ?? [];
  const listening = await listen(server, {
    host: host.replace(/^\[(.*)\]$/, '$1') || '0.0.0.0',
    port: Number(port),
    settings: { host: 'metricsAddr', port: 'metricsAddr' },
  });
  return `http://${host || '0.0.0.0'}:${listening}`;
}

async function listenAtFirstFree(server: Server): Promise<string | undefined> {
  const { host, portMax } = ownAddress;
  for (let port = ownAddress.port; port <= portMax; port += 1) {
    server.listen(port, host);
    const failed = await once(server, 'listening').then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error,
    );
    if (failed === undefined) return `http://${host}:${(server.address() as AddressInfo).port}`;
    if (failed.code !== 'EADDRINUSE') throw failed;
  }
  return undefined;
}
