/**
 * What clients were told, kept outside Redis: every submission with the ids that were acknowledged for it, every
 * request with its answer and its time, the first end that was seen of each job.
 */
import type { JobBody } from '../support/api.js';

export interface Submission {
  number: number;
  type: 'ledger_entry' | 'heavy_entry';
  /** How its processor is told to end. */
  end: 'complete' | 'fail' | 'fail once' | 'kill the worker';
  /** Idempotency key. */
  key?: string;
  /** All that were acknowledged. */
  ids: Set<string>;
  /** Requests for it that were sent, and nobody can say whether they made a job. */
  untold: number;
  isCancelAsked: boolean;
}

/** `refused`: nobody listened. `broken`: the connection was lost. `hung`: given up for want of an answer. */
export type Answer = number | 'refused' | 'broken' | 'hung';

export interface Exchange {
  what: 'submit' | 'read' | 'cancel' | 'readyz' | 'livez';
  server: string;
  startMs: number;
  endMs: number;
  answer: Answer;
  /** It asked to wait so long, in milliseconds. */
  waitMs: number;
}

/** What is compared between two looks at a finished job. */
export interface SeenEnd {
  status: string;
  /** Of its result. */
  token?: string;
  code?: string;
  endedAt: unknown;
}

export class Ledger {
  readonly submissions: Submission[] = [];
  readonly exchanges: Exchange[] = [];
  readonly ends = new Map<string, SeenEnd>();
  /** What was seen and must not be, as it happened. */
  readonly violations: string[] = [];
  readonly #byId = new Map<string, Submission>();

  acknowledge(submission: Submission, id: string): void {
    submission.ids.add(id);
    this.#byId.set(id, submission);
  }

  submissionOf(id: string): Submission | undefined {
    return this.#byId.get(id);
  }

  get acknowledgedIds(): string[] {
    return [...this.#byId.keys()];
  }

  /** Compares a job with what was seen of it before. */
  see(job: JobBody): void {
    const end = endOf(job);
    const before = this.ends.get(job.id);
    if (before === undefined) {
      if (end !== undefined) this.ends.set(job.id, end);
    } else if (JSON.stringify(before) !== JSON.stringify(end))
      this.violations.push(
        `${job.id} had ended as ${JSON.stringify(before)} and is now ${JSON.stringify(end ?? job.status)}`,
      );
  }
}

function endOf({ status, result, error, completedAt, failedAt, cancelledAt }: JobBody): SeenEnd | undefined {
  if (!['completed', 'failed', 'cancelled'].includes(status)) return undefined;
  const token = (result as { token?: string } | undefined)?.token;
  return {
    status,
    ...(token === undefined ? {} : { token }),
    ...(error === undefined ? {} : { code: error.code }),
    endedAt: completedAt ?? failedAt ?? cancelledAt,
  };
}
