/** What lies ahead of a job, as the API tells it: why it waits, and when to look at it again. */
import type { Why } from '../../models/why.js';
import { RetryAfter } from './retry-after.js';
import { type WhyParts, whyWaiting } from './why.js';

export class Outlook {
  readonly #parts: WhyParts;
  readonly #retryAfter: RetryAfter;

  constructor(parts: WhyParts) {
    this.#parts = parts;
    this.#retryAfter = new RetryAfter(parts);
  }

  /** Undefined when there is no job of this id. @throws Failure `queue_unavailable`, and what `find` throws */
  why(id: string): Promise<Why | undefined> {
    return whyWaiting(this.#parts, id);
  }

  /**
   * Seconds after which a look at a job that was just accepted is worth it, 1 to 300. Never waits, never throws.
   *
   * @param job `dueMs` is the time until it may start.
   */
  retryAfterSeconds(job: { type: string; version: number; dueMs?: number }): number {
    return this.#retryAfter.seconds(job);
  }
}
