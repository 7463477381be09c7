/**
 * The worker server: for each job type that it serves one consumer, and around them what they share: the file store,
 * the threads of each lane, the announcement that this worker lives. `stop()` takes no more work, lets running attempts finish
 * within the grace period or until it is to hurry, and hands back the rest.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { availableParallelism, hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config.js';
import { openFileStore } from '../files/open-file-store.js';
import { type Logger, oncePerMinute } from '../log.js';
import { createMetrics } from '../metrics/metrics.js';
import { tellRedis } from '../metrics/redis-figures.js';
import type { Outcome } from '../models/outcome.js';
import { Callbacks } from '../queue/callbacks.js';
import { connectPatiently } from '../queue/connection.js';
import { EventLog } from '../queue/events/event-log.js';
import { HistoryReporter } from '../queue/history/history-reporter.js';
import { JobQueue } from '../queue/job-queue.js';
import { ownKeys } from '../queue/keys.js';
import { PaceReporter } from '../queue/outlook/pace.js';
import { announce } from '../queue/outlook/presence.js';
import { redisAddress } from '../queue/redis-address.js';
import { RedisCheck } from '../queue/redis-check.js';
import { Cancellations } from '../queue/worker/cancellations.js';
import { type Attempt, JobWorker } from '../queue/worker/job-worker.js';
import { LastChances } from '../queue/worker/last-chances.js';
import { keepLimits } from '../queue/worker/type-limits.js';
import { Readiness } from '../readiness.js';
import type { RunningServer } from '../running-server.js';
import { version } from '../version.js';
import { inAttemptSpan } from './attempt-span.js';
import { bulkQueue } from './bulk-queue.js';
import { execute } from './execute.js';
import { tellPool } from './pool-figures.js';
import { startProbes } from './probes.js';
import { loadRegistry, type RegisteredType } from './registry.js';
import { isBriefJob } from './run-briefly.js';
import { servedTypes } from './served-types.js';
import { Threads } from './threads.js';

/** Between two looks for files whose time has come, in milliseconds. */
const sweepEveryMs = 10 * 60_000;
/** How long the start waits for Redis to have the limits over all workers, in milliseconds. */
const limitsMsMax = 1_000;
/** How long a stop waits for Redis to hear that this worker leaves, in milliseconds. */
const withdrawMsMax = 1_000;
/** How long it waits for jobs that are unfinished to be handed back, in milliseconds. */
const handBackMsMax = 2_000;

export async function startWorkerServer(config: Config, log: Logger): Promise<RunningServer> {
  const files = openFileStore(config);
  const bulk = bulkQueue(config, files, {
    attemptsOf: (type) => registry.get(type)?.definition.policy.attempts,
    counts: () => counts,
  });
  const registry = await loadRegistry(config.jobTypes, { bulk: bulk.open });
  const threadsMax = config.threads ?? availableParallelism();
  const served = servedTypes(config, registry, threadsMax);
  const name = `${hostname()}-${process.pid}-${randomBytes(2).toString('hex')}`;
  const address = redisAddress(config);
  const connection = connectPatiently(address);
  // A connection that fails says so many times a second while Redis is away.
  const onAway = oncePerMinute((error) => log.error({ err: error }, 'the queue does not answer'));
  const onError = (error: Error) => {
    if (connection.status !== 'ready') onAway(error);
    // Of one job, such as a report that came too late and was refused.
    else log.error({ err: error }, 'the queue reports an error');
  };
  connection.on('error', onError);
  // Also of types that it does not run: it submits callbacks, and changes jobs in bulk.
  const metrics = createMetrics(
    'worker',
    [...registry.values()].map(({ definition }) => definition),
  );
  const keys = ownKeys(config.redisPrefix);
  const history = new HistoryReporter({ connection, keys, now: Date.now });
  const counts = history.alsoCounting(metrics.counts);
  const stopPulse = tellRedis(metrics, connection);
  const redis = new RedisCheck({
    connection,
    url: address.url,
    key: keys.housekeeper,
    timeoutMs: config.redisTimeoutMs,
    unsafe: config.redisUnsafe,
    now: Date.now,
    onFlaws: (flaws) => log.warn({ flaws }, 'something is wrong with this Redis'),
  });
  const readiness = new Readiness({
    redis,
    files,
    types: served.length,
    timeoutMs: config.redisTimeoutMs,
    now: Date.now,
  });
  // Before any worker has a job that a wrong address would interrupt.
  const probes = await startProbes(config, readiness, metrics, log);
  const definitions = served.map(({ definition }) => definition);
  const threadLanes = new Set(
    definitions.filter(({ runIn }) => runIn === 'thread').map(({ policy }) => policy.lane),
  );
  const threads = new Map([...threadLanes].map((lane) => [lane, new Threads(config, lane, threadsMax)]));
  const attempts = tellPool(metrics, served, threads);
  const parts = { config, files, threads, now: Date.now };
  // Before a worker takes more jobs than its type allows.
  const limits = keepLimits({ connection, prefix: config.redisPrefix, types: definitions, onError });
  await within(limitsMsMax, limits.written);
  const cancellations = new Cancellations({
    connection,
    subscriber: connectPatiently(address),
    prefix: config.redisPrefix,
    keys,
  });
  const events = new EventLog({ connection, keys, now: Date.now, length: config.eventsMax, onError });
  const callbacks = new Callbacks({
    queue: new JobQueue({
      connection,
      prefix: config.redisPrefix,
      timeoutMs: config.redisTimeoutMs,
      eventsMax: config.eventsMax,
      now: Date.now,
      counts,
    }),
    definitions: registry,
    basePath: config.basePath,
    bytesMax: config.callbackBytesMax,
    random: randomBytes,
    tell: (facts, what) => log.info(facts, what),
  });
  const lastChances = new LastChances();
  const workers = served.map(
    (registered) =>
      new JobWorker({
        type: registered.definition.type,
        policy: registered.definition.policy,
        connection,
        prefix: config.redisPrefix,
        keys,
        eventsMax: config.eventsMax,
        name,
        concurrency: registered.concurrency,
        lockMs: config.lockMs,
        batches: config.shortcuts,
        random: Math.random,
        now: Date.now,
        cancellations,
        lastChances,
        events,
        counts,
        // One that does not get through is delivered by the next sweep of the outbox.
        onEnded: (jobId) => void callbacks.deliverEndOf(jobId).catch(onError),
        execute: (attempt) =>
          inAttemptSpan(registered.definition.type, attempt, () => logged(registered, attempt)),
        ...(registered.definition.isBrief === undefined
          ? {}
          : { isBrief: (job) => isBriefJob(registered.definition, job) }),
        onError,
      }),
  );
  const withdraw = announce({
    connection,
    keys,
    worker: {
      name,
      host: hostname(),
      pid: process.pid,
      startedAt: new Date().toISOString(),
      version,
      lanes: [...config.lanes],
      types: Object.fromEntries(
        served.map(({ definition: { type, version }, concurrency }) => [type, { version, concurrency }]),
      ),
    },
    now: Date.now,
  });
  const pace = new PaceReporter({ connection, keys, now: Date.now });
  const sweeping = setInterval(
    () => void files.sweep().catch((err) => log.error({ err }, 'sweeping the files failed')),
    sweepEveryMs,
  );
  const concurrency = Object.fromEntries(served.map((type) => [type.definition.type, type.concurrency]));
  log.info({ worker: name, concurrency }, 'worker server started');
  const patience = new AbortController();
  const handedBack = once(patience.signal, 'abort').then(() => {
    log.warn('handing back what is unfinished');
    for (const worker of workers) worker.handBack();
    return pause(handBackMsMax, false);
  });

  return {
    ...(probes === undefined ? {} : { url: probes.url }),
    hurry: () => patience.abort(),
    async stop() {
      clearInterval(sweeping);
      limits.stop();
      const grace = setTimeout(() => patience.abort(), config.shutdownGraceMs);
      const closed = Promise.all(workers.map((worker) => worker.close()));
      const [isClosed] = await Promise.all([
        Promise.race([closed.then(() => true), handedBack]),
        within(withdrawMsMax, withdraw()),
      ]);
      await within(withdrawMsMax, Promise.all([pace.close(), history.close()]));
      if (!isClosed)
        log.warn('Redis does not answer: what is unfinished runs elsewhere once its lock is over');
      clearTimeout(grace);
      cancellations.close();
      if (isClosed) await within(withdrawMsMax, events.flush());
      await Promise.all([...threads.values()].map((pool) => pool.close()));
      await within(withdrawMsMax, bulk.close());
      stopPulse();
      await probes?.stop();
      connection.disconnect();
      log.info('worker server stopped');
    },
  };

  async function logged(registered: RegisteredType, attempt: Attempt): Promise<Outcome> {
    const { jobId, requestId } = attempt;
    log.debug({ jobId, attempt: attempt.attempt, requestId }, 'attempt started');
    const startMs = performance.now();
    attempts.begun(registered.definition.type);
    const outcome = await execute(registered, attempt, parts);
    const durationMs = performance.now() - startMs;
    attempts.ended(registered.definition.type, outcome.kind, durationMs);
    if (outcome.kind !== 'handed_back' && outcome.kind !== 'held')
      pace.finished(registered.definition.type, durationMs);
    const error = 'error' in outcome ? outcome.error : undefined;
    log[error === undefined ? 'info' : 'warn'](
      {
        jobId,
        attempt: attempt.attempt,
        requestId,
        outcome: outcome.kind,
        durationMs: Math.round(durationMs),
        ...(error === undefined ? {} : { code: error.code, detail: error.detail, internal: error.internal }),
      },
      'attempt ended',
    );
    return outcome;
  }
}

/** Whether it was done in this time; with Redis away it may never be. */
async function within(timeoutMs: number, done: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, false);
  });
  try {
    return await Promise.race([done.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
