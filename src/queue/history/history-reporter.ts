/**
 * Counts the ends of jobs into the minutes of the history. A process adds up what ends in it and reports once in a
 * second: an end costs some additions in memory, and the reports do not grow with the jobs.
 */
import type { Connection } from '../connection.js';
import type { EndFacts, JobCounts } from '../job-counts.js';
import type { OwnKeys } from '../keys.js';
import { bucketOf } from './durations.js';
import { type Counted, countField, durationField, keptMs, minuteOf } from './minute-fields.js';

/** Between two reports, in milliseconds. */
const reportEveryMs = 1_000;

export interface HistoryReporterOptions {
  connection: Connection;
  keys: OwnKeys;
  /** Milliseconds since the epoch. */
  now: () => number;
}

export class HistoryReporter {
  readonly #options: HistoryReporterOptions;
  /** By key and field. */
  readonly #unreported = new Map<string, Map<string, number>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: HistoryReporterOptions) {
    this.#options = options;
  }

  /** The same counts, which also count here. */
  alsoCounting(counts: JobCounts): JobCounts {
    return {
      ...counts,
      completed: (type, end) => {
        counts.completed(type, end);
        this.#ended(type, 'completed', end);
      },
      ended: (type, code, end) => {
        counts.ended(type, code, end);
        this.#ended(type, code === 'cancelled' ? 'cancelled' : 'failed', end);
      },
    };
  }

  /** Reports what is left, if Redis is there. */
  async close(): Promise<void> {
    await this.#report();
  }

  #ended(type: string, how: Counted, { tenant, queueTimeMs, processingTimeMs }: EndFacts): void {
    const { keys, now } = this.#options;
    const minute = minuteOf(now());
    const fields = [
      countField(type, how),
      ...(queueTimeMs === undefined ? [] : [durationField(type, 'queue', bucketOf(queueTimeMs))]),
      ...(processingTimeMs === undefined
        ? []
        : [durationField(type, 'processing', bucketOf(processingTimeMs))]),
    ];
    this.#add(keys.history(minute), fields);
    if (tenant !== undefined) this.#add(keys.of(tenant).history(minute), fields);
    this.#timer ??= setTimeout(() => void this.#report(), reportEveryMs);
  }

  #add(key: string, fields: readonly string[]): void {
    const counts = this.#unreported.get(key) ?? new Map<string, number>();
    this.#unreported.set(key, counts);
    for (const field of fields) counts.set(field, (counts.get(field) ?? 0) + 1);
  }

  async #report(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { connection } = this.#options;
    // What is held back while Redis is away is told with the next end after.
    if (connection.status !== 'ready' || this.#unreported.size === 0) return;
    const commands = connection.pipeline();
    for (const [key, counts] of this.#unreported) {
      for (const [field, count] of counts) commands.hincrby(key, field, count);
      commands.pexpire(key, keptMs);
    }
    this.#unreported.clear();
    await commands.exec().catch(() => {});
  }
}
