/**
 * What decides how soon a queue serves a job: how many wait and run, its limits, who is alive to run them, and how
 * fast. All in one round trip, at a cost that does not grow with the jobs that are stored.
 */
import type { ChainableCommander } from 'ioredis';
import type { Policy } from '../../models/policy.js';
import type { WorkerRecord } from '../../models/worker.js';
import { ownKeys, queueKeys } from '../keys.js';
import type { Prospect } from './estimate.js';
import { type Pace, paceFrom } from './pace.js';
import { workersFrom } from './presence.js';

export interface QueueFigures {
  paused: boolean;
  /** Most that run at once, over all workers. */
  concurrency: number | undefined;
  rateLimit: Prospect['rateLimit'];
  waiting: number;
  running: number;
  /** All that are alive, whatever they run. */
  workers: readonly WorkerRecord[];
  pace: Pace | undefined;
}

/** How many answers `askFigures` adds to a pipeline. */
export const figureCount = 9;

export function askFigures(commands: ChainableCommander, prefix: string, type: string, nowMs: number): void {
  const queue = queueKeys(prefix, type);
  const own = ownKeys(prefix);
  commands
    .hmget(queue.meta, 'paused', 'concurrency', 'max', 'duration')
    .get(queue.limiter)
    .pttl(queue.limiter)
    .llen(queue.wait)
    .zcard(queue.prioritized)
    .llen(queue.active)
    .hgetall(own.pace(type))
    .hgetall(own.workers)
    .zrangebyscore(own.workersAlive, `(${nowMs}`, '+inf', 'WITHSCORES');
}

/** @param policy Of the type, for a rate limit that is not with the queue. Undefined where the type is not known. */
export function figuresFrom(
  answers: readonly unknown[],
  policy: Policy | undefined,
  nowMs: number,
): QueueFigures {
  const [meta, started, resetMs, waitLength, prioritized, running, pace, records, times] = answers;
  const [paused, concurrency, max, durationMs] = meta as (string | null)[];
  const limit =
    max === null || max === undefined
      ? policy?.rateLimit
      : { max: Number(max), durationMs: Number(durationMs ?? 0) };
  return {
    paused: paused !== null,
    concurrency: concurrency === null || concurrency === undefined ? undefined : Number(concurrency),
    rateLimit: limit && { ...limit, ...windowOf(limit, Number(started ?? 0), Number(resetMs)) },
    waiting: Number(waitLength) + Number(prioritized),
    running: Number(running),
    workers: workersFrom(records as Record<string, string>, times as string[]),
    pace: paceFrom(pace as Record<string, string>, nowMs),
  };
}

/** BullMQ counts starts in a key that lives for the window, which begins with the first of them. */
function windowOf(limit: { max: number; durationMs: number }, started: number, resetMs: number) {
  return resetMs > 0
    ? { left: Math.max(0, limit.max - started), resetMs }
    : { left: limit.max, resetMs: limit.durationMs };
}

/** Those that run jobs of this type, of this version at least. */
export const workersFor = (workers: readonly WorkerRecord[], type: string, version = 1) =>
  workers.filter((worker) => (worker.types[type]?.version ?? 0) >= version);

/** Jobs of the type that the workers run at once, all together. */
export const slotsOf = (workers: readonly WorkerRecord[], type: string) =>
  workers.reduce((sum, worker) => sum + (worker.types[type]?.concurrency ?? 0), 0);

/** What the figures promise a job of this version that is due in `dueMs`, with `position` others before it. */
export function prospectOf(
  { concurrency = Number.POSITIVE_INFINITY, rateLimit, running, workers, pace }: QueueFigures,
  job: { type: string; version: number; position: number; dueMs: number },
): Prospect {
  const able = workersFor(workers, job.type, job.version).length > 0;
  return {
    position: job.position,
    running,
    slots: able ? Math.min(concurrency, slotsOf(workers, job.type)) : 0,
    processingMs: pace?.processingMs,
    ...(rateLimit === undefined ? {} : { rateLimit }),
    dueMs: job.dueMs,
  };
}
