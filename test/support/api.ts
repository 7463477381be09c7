/**
 * The API on a real port and a real Redis, and workers beside it, for tests that talk HTTP. Every file has its
 * own key prefix and its own data folder.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import request from 'supertest';
import { createApp } from '../../src/api/app.js';
import { createHttpServer } from '../../src/api/http-server.js';
import { openServices } from '../../src/api/open-services.js';
import { type Config, loadConfig } from '../../src/config.js';
import { createLogger } from '../../src/log.js';
import type { EventHub } from '../../src/queue/events/event-hub.js';
import type { JobQueue } from '../../src/queue/job-queue.js';
import type { Schedules } from '../../src/queue/schedules/schedules.js';
import type { RunningServer } from '../../src/running-server.js';
import type { Registry } from '../../src/workers/registry.js';
import { startWorkerServer } from '../../src/workers/server.js';
import { contractOf } from './contract.js';
import { until } from './processes.js';
import { testPrefix, testRedisUrl } from './redis.js';

export interface TestApi {
  config: Config;
  registry: Registry;
  queue: JobQueue;
  events: EventHub;
  schedules: Schedules;
  server: Server;
  /** What was answered against the OpenAPI document so far; `close` throws where it is not empty. */
  violations: string[];
  /** `http://127.0.0.1:PORT` */
  url: string;
  /** A supertest request. */
  http: ReturnType<typeof request>;
  /** Starts a worker server in this process; `close` stops it. */
  startWorker(): Promise<RunningServer>;
  /** Submits a job and waits, by looking, until it is final. */
  run(type: string, payload: unknown, options?: object): Promise<JobBody>;
  /** The job, once `holds` is true of it. */
  jobOnce(id: string, holds: (job: JobBody) => boolean): Promise<JobBody>;
  close(): Promise<void>;
}

/** A job as the API answers it. */
export interface JobBody {
  id: string;
  type: string;
  status: string;
  result?: unknown;
  error?: { code: string; title: string; status: number; detail: string; type: string; instance: string };
  attempts: { made: number; max: number };
  [member: string]: unknown;
}

/** @param settings Environment variables that differ from the defaults. */
export async function startApi(settings: Record<string, string> = {}): Promise<TestApi> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'jobwright-test-'));
  const config = loadConfig(
    {},
    {
      NODE_ENV: 'test',
      REDIS_URL: testRedisUrl(),
      REDIS_PREFIX: testPrefix(),
      DATA_DIR: dataDir,
      LOG_LEVEL: process.env.TEST_LOG ?? 'silent',
      RATE_LIMIT: '0',
      METRICS_ADDR: 'none',
      ...settings,
    },
  );
  const log = createLogger(config, 'test');
  const { services, close } = await openServices(config, log);
  const { registry, queue, events, schedules } = services;
  const app = createApp(services);
  const contract = contractOf(registry, config.basePath);
  const server = createHttpServer({ ...app, listener: contract.watch(app.listener) }, config);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server starts without Redis, too; a test that has one of its own begins when it is there. Asked last:
  // making the app keeps a busy machine from reading for so long that the connection may have been given up.
  if (settings.REDIS_URL === undefined)
    await until(() => services.queue.access.connection.status === 'ready');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const workers: RunningServer[] = [];

  const api: TestApi = {
    config,
    registry,
    queue,
    events,
    schedules,
    server,
    violations: contract.violations,
    url,
    http: request(url),
    async startWorker() {
      const worker = await startWorkerServer(config, log);
      workers.push(worker);
      return worker;
    },
    async run(type, payload, options) {
      const { body } = await api.http.post('/api/jobs').send({ type, payload, options }).expect(202);
      return api.jobOnce(body.jobId, (job) => ['completed', 'failed', 'cancelled'].includes(job.status));
    },
    async jobOnce(id, holds) {
      return until(async () => {
        const { body } = await api.http.get(`/api/jobs/${id}`).expect(200);
        return holds(body) && (body as JobBody);
      });
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.stop()));
      events.close();
      await new Promise((resolve) => server.close(resolve));
      await close();
      await rm(dataDir, { recursive: true, force: true });
      if (contract.violations.length > 0)
        throw new Error(`against the OpenAPI document:\n${contract.violations.join('\n')}`);
    },
  };
  return api;
}

/** A job whose first attempt has failed and whose second is a minute away. It needs `flaky` and a worker. */
export async function betweenAttempts(api: TestApi): Promise<JobBody> {
  const options = { backoff: { initialMs: 60_000, jitter: 0 } };
  const { body } = await api.http
    .post('/api/jobs')
    .send({ type: 'flaky', payload: { failures: 1 }, options })
    .expect(202);
  return api.jobOnce(body.jobId, ({ status }) => status === 'retrying');
}
