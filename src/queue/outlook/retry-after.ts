/**
 * After how many seconds a look at a job that was just accepted is worth it: when it will probably have run, behind
 * all that waits now. The answer comes from figures that are kept by type; a submission that finds them older than a
 * second has new ones fetched in the background, and waits for nothing.
 */
import { answered, answersOf } from '../connection.js';
import { estimatedWaitMs, type Prospect } from './estimate.js';
import { askFigures, figuresFrom, prospectOf } from './queue-figures.js';
import type { WhyParts } from './why.js';

/** The shortest and the longest answer, in seconds. */
const secondsMin = 1;
const secondsMax = 300;
/** While nobody can say: paused, or no worker is alive. One that starts up is there by then. */
const secondsUnknown = 10;
/** Figures are fetched again when they are older, in milliseconds. */
const freshMs = 1_000;
/** Figures that are older say nothing. */
const staleMs = 10_000;

type Parts = Pick<WhyParts, 'connection' | 'prefix' | 'policyOf' | 'timeoutMs' | 'now'>;

interface Known {
  /** Of a job at the end of the queue. No slots while the queue is paused. */
  prospect?: Prospect;
  /** When its figures were read. */
  readMs: number;
  /** When they were last asked for. */
  askedMs: number;
  asking: boolean;
}

export class RetryAfter {
  readonly #parts: Parts;
  readonly #known = new Map<string, Known>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Whole seconds; 1 until the first figures are there. Never waits, never throws.
   *
   * @param job Of the version that all new jobs of its type have; `dueMs` is the time until it may start.
   */
  seconds({ type, version, dueMs = 0 }: { type: string; version: number; dueMs?: number }): number {
    const nowMs = this.#parts.now();
    const known = this.#knownOf(type);
    if (!known.asking && nowMs - known.askedMs >= freshMs) void this.#ask(type, version, known, nowMs);
    const { prospect } = known;
    if (prospect === undefined || nowMs - known.readMs >= staleMs) return secondsMin;
    const waitMs = estimatedWaitMs({ ...prospect, dueMs });
    if (waitMs === undefined) return secondsUnknown;
    const seconds = Math.ceil((waitMs + (prospect.processingMs ?? 0)) / 1_000);
    return Math.min(secondsMax, Math.max(secondsMin, seconds));
  }

  #knownOf(type: string): Known {
    const known = this.#known.get(type) ?? { readMs: 0, askedMs: 0, asking: false };
    this.#known.set(type, known);
    return known;
  }

  async #ask(type: string, version: number, known: Known, nowMs: number): Promise<void> {
    const { connection, prefix, policyOf, timeoutMs } = this.#parts;
    known.askedMs = nowMs;
    known.asking = true;
    try {
      const commands = connection.pipeline();
      askFigures(commands, prefix, type, nowMs);
      const answers = await answered(timeoutMs, () => answersOf(commands));
      const figures = figuresFrom(answers, policyOf(type), nowMs);
      const prospect = prospectOf(figures, { type, version, position: figures.waiting, dueMs: 0 });
      known.prospect = figures.paused ? { ...prospect, slots: 0 } : prospect;
      known.readMs = nowMs;
    } catch {
      // Redis is away: the submission itself says so, and what was known grows old.
    }
    known.asking = false;
  }
}
