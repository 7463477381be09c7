/**
 * The figures of all job types, in one round trip at a cost that does not grow with the jobs that are stored: what
 * Redis keeps count of is read, nothing is scanned. Whoever asks within a second is told the same.
 */
import type { ChainableCommander } from 'ioredis';
import type { Lane } from '../../models/policy.js';
import type { LaneStats, Stats, TypeStats } from '../../models/stats.js';
import type { WorkerRecord } from '../../models/worker.js';
import { ownKeys, queueKeys } from '../keys.js';
import type { QueueAccess } from '../queue-access.js';
import { askOldest, oldestFrom, prepareOldest } from './oldest-waiting.js';
import { paceFrom } from './pace.js';
import { workersFrom } from './presence.js';
import { slotsOf, workersFor } from './queue-figures.js';

/** How long an answer is given again, in milliseconds. */
const freshMs = 1_000;

export interface StatsParts {
  access: QueueAccess;
  types: readonly { type: string; lane: Lane }[];
}

export class QueueStats {
  readonly #parts: StatsParts;
  #latest: { stats: Promise<Stats>; askedMs: number } | undefined;

  constructor(parts: StatsParts) {
    this.#parts = parts;
  }

  /** @throws Failure `queue_unavailable` */
  read(): Promise<Stats> {
    const nowMs = this.#parts.access.now();
    if (this.#latest !== undefined && nowMs - this.#latest.askedMs < freshMs) return this.#latest.stats;
    const stats = readStats(this.#parts, nowMs);
    this.#latest = { stats, askedMs: nowMs };
    // What could not be read is asked for again.
    stats.catch(() => this.forget());
    return stats;
  }

  /** Something was changed that the next answer must tell. */
  forget(): void {
    this.#latest = undefined;
  }
}

/** How many answers `askType` adds to a pipeline. */
const answersOfType = 11;

async function readStats({ access, types }: StatsParts, nowMs: number): Promise<Stats> {
  const { connection, prefix, keys } = access;
  prepareOldest(connection);
  const commands = connection.pipeline();
  commands.hgetall(keys.workers).zrangebyscore(keys.workersAlive, `(${nowMs}`, '+inf', 'WITHSCORES');
  for (const { type } of types) {
    askType(commands, prefix, type);
    askOldest(commands, prefix, type);
  }
  const [records, times, ...answers] = await access.answers(commands);
  const workers = workersFrom(records as Record<string, string>, times as string[]);
  const byType = types.map(({ type, lane }, index) => {
    const own = answers.slice(index * answersOfType, (index + 1) * answersOfType);
    return [type, typeStatsFrom(own, type, lane, workers, nowMs)] as const;
  });
  const ofLane = (lane: Lane) =>
    laneStats(
      byType.flatMap(([, stats]) => (stats.lane === lane ? [stats] : [])),
      workers.filter((worker) =>
        types.some((served) => served.lane === lane && Object.hasOwn(worker.types, served.type)),
      ).length,
    );
  return {
    at: new Date(nowMs).toISOString(),
    workers: workers.length,
    lanes: { short: ofLane('short'), long: ofLane('long') },
    types: Object.fromEntries(byType),
  };
}

function askType(commands: ChainableCommander, prefix: string, type: string): void {
  const queue = queueKeys(prefix, type);
  const own = ownKeys(prefix);
  commands
    .hexists(queue.meta, 'paused')
    .llen(queue.wait)
    .zcard(queue.prioritized)
    .zcard(queue.delayed)
    .zcard(queue.waitingChildren)
    .llen(queue.active)
    .zcard(queue.completed)
    .zcard(queue.failed)
    .zcard(own.error(type, 'cancelled'))
    .hgetall(own.pace(type));
}

function typeStatsFrom(
  answers: readonly unknown[],
  type: string,
  lane: Lane,
  workers: readonly WorkerRecord[],
  nowMs: number,
): TypeStats {
  const [paused, wait = 0, prioritized = 0, delayed = 0, blocked = 0, processing = 0] = answers
    .slice(0, 6)
    .map(Number);
  const [completed = 0, unsuccessful = 0, cancelled = 0] = answers.slice(6, 9).map(Number);
  const pace = paceFrom(answers[9] as Record<string, string>, nowMs);
  const oldestMs = oldestFrom(answers[10]);
  return {
    lane,
    paused: paused === 1,
    jobs: {
      pending: wait + prioritized,
      delayed,
      blocked,
      processing,
      completed,
      // For a moment one that was just removed may be in one set only.
      failed: Math.max(0, unsuccessful - cancelled),
      cancelled,
    },
    ...(oldestMs === undefined ? {} : { oldestPendingMs: Math.max(0, nowMs - oldestMs) }),
    attemptsPerSecond: round(pace?.perSecond ?? 0),
    workers: workersFor(workers, type).length,
    slots: slotsOf(workers, type),
    ...(pace === undefined ? {} : { processingMs: round(pace.processingMs) }),
  };
}

function laneStats(types: readonly TypeStats[], workers: number): LaneStats {
  const sum = (figureOf: (stats: TypeStats) => number) =>
    types.reduce((total, stats) => total + figureOf(stats), 0);
  const ages = types.flatMap(({ oldestPendingMs }) => oldestPendingMs ?? []);
  return {
    jobs: {
      pending: sum(({ jobs }) => jobs.pending),
      delayed: sum(({ jobs }) => jobs.delayed),
      blocked: sum(({ jobs }) => jobs.blocked),
      processing: sum(({ jobs }) => jobs.processing),
      completed: sum(({ jobs }) => jobs.completed),
      failed: sum(({ jobs }) => jobs.failed),
      cancelled: sum(({ jobs }) => jobs.cancelled),
    },
    ...(ages.length === 0 ? {} : { oldestPendingMs: Math.max(...ages) }),
    attemptsPerSecond: round(sum((stats) => stats.attemptsPerSecond)),
    workers,
    slots: sum(({ slots }) => slots),
  };
}

const round = (value: number) => Math.round(value * 1_000) / 1_000;
