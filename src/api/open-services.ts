/** Makes what the handlers work with, out of the configuration: the only place that does. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Config } from '../config.js';
import { openFileStore } from '../files/open-file-store.js';
import { removeOutputs } from '../files/output-files.js';
import { type Logger, oncePerMinute } from '../log.js';
import { createMetrics } from '../metrics/metrics.js';
import { tellQueues } from '../metrics/queue-figures.js';
import { tellRedis } from '../metrics/redis-figures.js';
import { Callbacks } from '../queue/callbacks.js';
import { connectImpatiently, connectToListen } from '../queue/connection.js';
import { EventHub } from '../queue/events/event-hub.js';
import { HistoryReporter } from '../queue/history/history-reporter.js';
import { depthSampler } from '../queue/history/sample-depth.js';
import { Housekeeping } from '../queue/housekeeping.js';
import { JobQueue } from '../queue/job-queue.js';
import { ownKeys } from '../queue/keys.js';
import { JobLogs } from '../queue/lists/job-logs.js';
import { Outlook } from '../queue/outlook/outlook.js';
import { QueueStats } from '../queue/outlook/queue-stats.js';
import { redisAddress } from '../queue/redis-address.js';
import { RedisCheck } from '../queue/redis-check.js';
import { Schedules, type Submit } from '../queue/schedules/schedules.js';
import type { Tell } from '../queue/tell.js';
import { unfinishedSweep } from '../queue/tenants/tenant-jobs.js';
import { Readiness } from '../readiness.js';
import { loadRegistry } from '../workers/registry.js';
import { KeyRing } from './access/key-ring.js';
import { RequestLimits } from './access/request-limits.js';
import type { Services } from './operation.js';

export interface OpenServices {
  services: Services;
  close(): Promise<void>;
}

export async function openServices(config: Config, log: Logger): Promise<OpenServices> {
  const registry = await loadRegistry(config.jobTypes);
  const { redisPrefix: prefix, redisTimeoutMs: timeoutMs } = config;
  const address = redisAddress(config);
  const connection = connectImpatiently(address, timeoutMs);
  connection.on(
    'error',
    oncePerMinute((error) => log.error({ err: error }, 'Redis does not answer; requests are answered 503')),
  );
  const definitions = [...registry.values()].map(({ definition }) => definition);
  const metrics = createMetrics('api', definitions);
  const stopPulse = tellRedis(metrics, connection);
  const history = new HistoryReporter({ connection, keys: ownKeys(prefix), now: Date.now });
  const queue = new JobQueue({
    connection,
    prefix,
    timeoutMs,
    eventsMax: config.eventsMax,
    now: Date.now,
    counts: history.alsoCounting(metrics.counts),
  });
  const events = new EventHub({
    connection,
    connect: () => connectToListen(address, timeoutMs),
    keys: queue.access.keys,
    timeoutMs,
  });
  const logs = new JobLogs({ connection, prefix, timeoutMs });
  const schedules = new Schedules(queue.access, (type) => registry.get(type)?.definition);
  const files = openFileStore(config);
  const keys = await KeyRing.open(config, { log, now: Date.now });
  const limits = new RequestLimits(config, queue.access);
  const redis = new RedisCheck({
    connection,
    url: address.url,
    key: queue.access.keys.housekeeper,
    timeoutMs,
    unsafe: config.redisUnsafe,
    now: Date.now,
    onFlaws: (flaws) => log.warn({ flaws }, 'something is wrong with this Redis'),
  });
  const readiness = new Readiness({ redis, files, types: registry.size, timeoutMs, now: Date.now });
  await queue.open([...registry.keys()]);
  const tell: Tell = (facts, what) => log.info(facts, what);
  const submitDue: Submit = async (job, scheduleId) => {
    if (await queue.submit(job)) tell({ jobId: job.id, type: job.type, scheduleId }, 'job accepted');
  };
  const { basePath, callbackBytesMax } = config;
  const callbacks = new Callbacks({
    queue,
    definitions: registry,
    basePath,
    bytesMax: callbackBytesMax,
    random: randomBytes,
    tell,
  });
  const stats = new QueueStats({
    access: queue.access,
    types: definitions.map(({ type, policy: { lane } }) => ({ type, lane })),
  });
  const housekeeping = new Housekeeping({
    queue,
    types: definitions,
    tombstoneMs: config.tombstoneMs,
    name: `${hostname()}-${process.pid}-${randomBytes(2).toString('hex')}`,
    removeFiles: (jobId) => removeOutputs(files, jobId),
    tasks: [
      () => schedules.runDue(submitDue),
      () => callbacks.sweep(),
      unfinishedSweep(queue.access, () => keys?.tenants ?? []),
      depthSampler(queue.access, stats),
    ],
    tell,
    onError: oncePerMinute((error) => log.error({ err: error }, 'housekeeping failed')),
  });
  const outlook = new Outlook({
    connection,
    prefix,
    find: (id) => queue.find(id),
    policyOf: (type) => registry.get(type)?.definition.policy,
    timeoutMs,
    now: Date.now,
  });
  tellQueues(metrics, stats);
  return {
    services: {
      config,
      keys,
      limits,
      registry,
      queue,
      events,
      logs,
      callbacks,
      schedules,
      outlook,
      stats,
      metrics,
      files,
      readiness,
      log,
      now: Date.now,
      random: randomBytes,
    },
    async close() {
      stopPulse();
      events.close();
      keys?.close();
      limits.close();
      await housekeeping.stop();
      await history.close();
      await queue.close();
    },
  };
}
