/** The minutes of the history, read in one round trip and made into what clients see, by type and by lane. */
import { type History, type HistoryMinute, historyMinutesMax } from '../../models/history.js';
import type { Lane } from '../../models/policy.js';
import type { QueueAccess } from '../queue-access.js';
import { quantile } from './durations.js';
import { emptyFigures, figuresFrom, type MinuteFigures, minuteMs, minuteOf } from './minute-fields.js';

export interface HistoryQuestion {
  types: readonly { type: string; lane: Lane }[];
  /** Whose jobs; those of all when absent. */
  tenant?: string | undefined;
  /** How many, the one that is under way included. */
  minutes?: number;
}

/** @throws Failure `queue_unavailable` */
export async function readHistory(
  access: QueueAccess,
  { types, tenant, minutes = historyMinutesMax }: HistoryQuestion,
): Promise<History> {
  const { connection, keys, now } = access;
  const nowMs = now();
  const first = minuteOf(nowMs) - minutes + 1;
  const keyOf = tenant === undefined ? keys.history : keys.of(tenant).history;
  const commands = connection.pipeline();
  for (let minute = first; minute < first + minutes; minute++) commands.hgetall(keyOf(minute));
  const hashes = (await access.answers(commands)) as Record<string, string>[];
  const byMinute = hashes.map(figuresFrom);
  const minutesOf = (names: readonly string[]) =>
    byMinute.map((figures, index) =>
      minuteFrom(
        (first + index) * minuteMs,
        names.flatMap((name) => figures.get(name) ?? []),
      ),
    );
  const ofLane = (lane: Lane) =>
    minutesOf(types.filter((each) => each.lane === lane).map(({ type }) => type));
  return {
    from: new Date(first * minuteMs).toISOString(),
    until: new Date(nowMs).toISOString(),
    lanes: { short: ofLane('short'), long: ofLane('long') },
    types: Object.fromEntries(types.map(({ type, lane }) => [type, { lane, minutes: minutesOf([type]) }])),
  };
}

/** @param parts Of one type, or of those of a lane. */
function minuteFrom(beginMs: number, parts: readonly MinuteFigures[]): HistoryMinute {
  const { counts, durations } = together(parts);
  const { completed = 0, failed = 0, cancelled = 0, pending, oldest } = Object.fromEntries(counts);
  const queueMs = percentilesOf(durations.queue);
  const processingMs = percentilesOf(durations.processing);
  return {
    at: new Date(beginMs).toISOString(),
    completed,
    failed,
    cancelled,
    ...(queueMs === undefined ? {} : { queueMs }),
    ...(processingMs === undefined ? {} : { processingMs }),
    ...(pending === undefined ? {} : { pending }),
    ...(oldest === undefined ? {} : { oldestPendingMs: oldest }),
  };
}

function together(parts: readonly MinuteFigures[]): MinuteFigures {
  const sum = emptyFigures();
  for (const { counts, durations } of parts) {
    for (const [what, count] of counts) {
      const held = sum.counts.get(what) ?? 0;
      sum.counts.set(what, what === 'oldest' ? Math.max(held, count) : held + count);
    }
    for (const what of ['queue', 'processing'] as const)
      for (const [bucket, count] of durations[what])
        sum.durations[what].set(bucket, (sum.durations[what].get(bucket) ?? 0) + count);
  }
  return sum;
}

function percentilesOf(durations: ReadonlyMap<number, number>): { median: number; p95: number } | undefined {
  const [median, p95] = [quantile(durations, 0.5), quantile(durations, 0.95)];
  return median === undefined || p95 === undefined ? undefined : { median, p95 };
}
