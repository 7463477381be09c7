/**
 * When a job will probably start, from the figures of its queue. It takes the mean of all attempts for the length of
 * each, and knows nothing of jobs that are yet to come; more urgent ones make it late.
 */

export interface Prospect {
  /** Jobs served before it. */
  position: number;
  /** Jobs of the type that run now. */
  running: number;
  /** Jobs of the type that can run at once. */
  slots: number;
  /** Mean length of an attempt; undefined where none is known. */
  processingMs: number | undefined;
  /** Of the type, over all workers: `left` more may start within the next `resetMs`. */
  rateLimit?: { max: number; durationMs: number; left: number; resetMs: number };
  /** Time until it may start at all. */
  dueMs: number;
}

/** Milliseconds from now; undefined where nothing can run it, or it waits for attempts of unknown length. */
export function estimatedWaitMs(prospect: Prospect): number | undefined {
  const queueMs = waitForSlotMs(prospect);
  if (queueMs === undefined) return undefined;
  return Math.round(Math.max(prospect.dueMs, queueMs, waitForRateLimitMs(prospect)));
}

/** The free slots take the first at once; then one comes free as often as an attempt ends in any of them. */
function waitForSlotMs({ position, running, slots, processingMs }: Prospect): number | undefined {
  if (slots <= 0) return undefined;
  const endsBefore = position + 1 - Math.max(0, slots - running);
  if (endsBefore <= 0) return 0;
  return processingMs === undefined ? undefined : (endsBefore * processingMs) / slots;
}

function waitForRateLimitMs({ position, rateLimit }: Prospect): number {
  if (rateLimit === undefined || position < rateLimit.left) return 0;
  const { max, durationMs, left, resetMs } = rateLimit;
  return resetMs + Math.floor((position - left) / max) * durationMs;
}
