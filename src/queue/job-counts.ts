/**
 * What is counted of jobs at the moment when it happens, wherever in the queue that is. `src/metrics/` makes figures
 * of it. Nothing here waits or throws.
 */
export interface JobCounts {
  /** Stored; each job of a tree counts. */
  submitted(type: string): void;
  /** A request was answered with a job that was there already. */
  reused(type: string, kind: 'idempotency_key' | 'joined' | 'cached'): void;
  /** @param queueTimeMs How long it had waited, where this is the first time that it starts. */
  started(type: string, queueTimeMs: number | undefined): void;
  completed(type: string, end: EndFacts): void;
  /** An attempt failed, and there will be another. */
  retried(type: string, code: string): void;
  /** It failed for good or, with the code `cancelled`, was cancelled. */
  ended(type: string, code: string, end: EndFacts): void;
  /** It lost its worker and was put back. */
  stalled(type: string): void;
}

/** What is known of an end beside how it was. */
export interface EndFacts {
  tenant?: string | undefined;
  /** How long it had waited for a worker since it could start, where it started once. */
  queueTimeMs?: number | undefined;
  /** How long its last attempt ran, where there was one. */
  processingTimeMs?: number | undefined;
}

export const uncounted: JobCounts = {
  submitted() {},
  reused() {},
  started() {},
  completed() {},
  retried() {},
  ended() {},
  stalled() {},
};
