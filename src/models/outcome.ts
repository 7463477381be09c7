/**
 * What one attempt ended in: a closed set. `execute` returns it, and one place (`queue/worker/job-worker.ts`) turns it
 * into BullMQ's terms.
 */
export type Outcome =
  | { kind: 'completed'; result: unknown }
  | { kind: 'retry'; error: AttemptError; retryAfterMs?: number }
  | { kind: 'failed'; error: AttemptError }
  /** A client asked for it while the attempt ran. */
  | { kind: 'cancelled'; error: AttemptError }
  /** The worker is stopping: the job returns to its queue with no attempt counted. */
  | { kind: 'handed_back' }
  /** This worker knows only an older version of the type: the job waits for a newer one, no attempt counted. */
  | { kind: 'held' };

export interface AttemptError {
  /** A code of the registry, or one that the job type declares. */
  code: string;
  /** For the client. */
  detail: string;
  /** For the operator's log only: the stack of an unexpected error. */
  internal?: string;
}
