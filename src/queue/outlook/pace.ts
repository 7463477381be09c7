/**
 * How fast jobs of a type are done, by what the workers report: the mean length of an attempt and the attempts that
 * end in a second, the latest counting most. A report is a sum over the attempts since the one before, so any number
 * of workers can report, and one that runs thousands of jobs a second writes once in it.
 */
import type { Connection } from '../connection.js';
import type { OwnKeys } from '../keys.js';
import { Script } from '../script.js';

/** An attempt counts half as much as one that ended this much later, in milliseconds. */
const halfLifeMs = 60_000;
/** Between two reports of a process, in milliseconds. */
const reportEveryMs = 1_000;
/** How long a pace is remembered after the last report, in milliseconds. */
const rememberMs = 7 * 86_400_000;

export interface Pace {
  /** Mean length of an attempt. */
  processingMs: number;
  /** Attempts that end in a second, over all workers. */
  perSecond: number;
  /** Attempts that ended since counting began. */
  finished: number;
  /** When it was last reported, in milliseconds since the epoch. */
  atMs: number;
}

/** `weight` is the number of attempts, each counting the less the longer ago it ended. */
const fields = ['processingMs', 'weight', 'sinceMs', 'atMs', 'finished'] as const;

/** Key: the pace. Arguments: now, attempts, their length in all, half-life, how long to remember. */
const reportScript = new Script(
  'report_pace',
  `
local held = redis.call('HMGET', KEYS[1], 'processingMs', 'weight', 'sinceMs', 'atMs')
local now, attempts = tonumber(ARGV[1]), tonumber(ARGV[2])
local at = math.max(now, tonumber(held[4] or now))
local weight = tonumber(held[2] or 0) * 0.5 ^ ((at - tonumber(held[4] or now)) / tonumber(ARGV[4]))
local mean = (tonumber(held[1] or 0) * weight + tonumber(ARGV[3])) / (weight + attempts)
redis.call('HSET', KEYS[1], 'processingMs', string.format('%.3f', mean), 'weight', string.format('%.6f', weight + attempts),
  'sinceMs', held[3] or ARGV[1], 'atMs', string.format('%.0f', at))
redis.call('HINCRBY', KEYS[1], 'finished', attempts)
redis.call('PEXPIRE', KEYS[1], ARGV[5])
`,
);

/** A worker's side. Reports at most once a second, and only what there is to report. */
export class PaceReporter {
  readonly #options: { connection: Connection; keys: OwnKeys; now: () => number };
  readonly #unreported = new Map<string, { attempts: number; processingMs: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: { connection: Connection; keys: OwnKeys; now: () => number }) {
    this.#options = options;
  }

  /** Takes note that an attempt ended, which had run for `processingMs`. Never waits, never throws. */
  finished(type: string, processingMs: number): void {
    const sum = this.#unreported.get(type) ?? { attempts: 0, processingMs: 0 };
    this.#unreported.set(type, {
      attempts: sum.attempts + 1,
      processingMs: sum.processingMs + processingMs,
    });
    this.#timer ??= setTimeout(() => void this.#report(), reportEveryMs);
  }

  /** Reports what is left, if Redis is there. */
  async close(): Promise<void> {
    if (this.#unreported.size > 0) await this.#report();
  }

  async #report(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { connection, keys, now } = this.#options;
    // What is held back while Redis is away is told with the next attempt after.
    if (connection.status !== 'ready') return;
    reportScript.define(connection);
    const commands = connection.pipeline();
    for (const [type, { attempts, processingMs }] of this.#unreported)
      reportScript.queue(
        commands,
        [keys.pace(type)],
        [now(), attempts, processingMs, halfLifeMs, rememberMs],
      );
    this.#unreported.clear();
    await commands.exec().catch(() => {});
  }
}

/** Undefined where no attempt ended for long. @throws what Redis answers instead */
export async function readPace(
  connection: Connection,
  keys: OwnKeys,
  type: string,
  nowMs: number,
): Promise<Pace | undefined> {
  return paceFrom(await connection.hgetall(keys.pace(type)), nowMs);
}

/** The same from the hash, for whoever asks more in the same round trip. */
export function paceFrom(hash: Readonly<Record<string, string>>, nowMs: number): Pace | undefined {
  if (hash.processingMs === undefined) return undefined;
  const [processingMs = 0, weight = 0, sinceMs = 0, atMs = 0, finished = 0] = fields.map((field) =>
    Number(hash[field]),
  );
  const fading = (ms: number) => 0.5 ** (Math.max(0, ms) / halfLifeMs);
  // What a steady rate would have added up to by now; early on that is little, and one second at the least.
  const meanLifeSeconds = halfLifeMs / 1_000 / Math.LN2;
  const countedSeconds = Math.max(1, meanLifeSeconds * (1 - fading(nowMs - sinceMs)));
  return { processingMs, perSecond: (weight * fading(nowMs - atMs)) / countedSeconds, finished, atMs };
}
