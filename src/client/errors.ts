/** What the methods of the client reject with, beside the reason of a signal that was aborted. */
import type { Problem, ShownJob } from '../models/job.js';

/** The API has answered with a problem (RFC 9457). `code` says which; `docs/errors.md` lists them all. */
export class JobwrightError extends Error {
  override readonly name = 'JobwrightError';
  readonly code: string;
  /** HTTP status of the answer. */
  readonly status: number;
  readonly title: string;
  /** What happened this time. */
  readonly detail: string;
  /** Every mistake of the request, with a JSON Pointer or the name of a parameter; empty where it has none. */
  readonly errors: readonly { pointer: string; code: string; message: string }[];
  readonly requestId: string | undefined;

  /** @param retryAfterMs What the answer says of when to come again. */
  constructor(
    readonly problem: Problem,
    readonly retryAfterMs?: number,
  ) {
    super(`${problem.title}: ${problem.detail}`);
    this.code = problem.code;
    this.status = problem.status;
    this.title = problem.title;
    this.detail = problem.detail;
    this.errors = problem.errors ?? [];
    this.requestId = problem.requestId;
  }
}

/** There was no answer, or none in time. Whether the request has arrived is not known. */
export class JobwrightConnectionError extends Error {
  override readonly name = 'JobwrightConnectionError';
}

/** A job has not ended in the time that it was given. It goes on. */
export class JobwrightTimeoutError extends Error {
  override readonly name = 'JobwrightTimeoutError';

  /** @param job As it was last. */
  constructor(readonly job: ShownJob) {
    super(`The job ${job.id} is ${job.status} and has not ended in time.`);
  }
}

/** Of an answer that is none of 2xx, whoever has given it: a proxy in between knows nothing of problems. */
export async function errorFrom(response: Response): Promise<JobwrightError> {
  const text = await response.text().catch(() => '');
  return new JobwrightError(
    problemIn(text) ?? {
      type: 'about:blank',
      title: response.statusText || 'The server has answered with an error',
      status: response.status,
      detail: `The answer is ${response.status} and has no problem that could be read.`,
      instance: response.url,
      code: 'unreadable_answer',
    },
    retryAfterMsOf(response.headers.get('Retry-After')),
  );
}

function problemIn(text: string): Problem | undefined {
  try {
    const value = JSON.parse(text) as Partial<Problem> | null;
    return typeof value?.code === 'string' && typeof value.status === 'number'
      ? (value as Problem)
      : undefined;
  } catch {
    return undefined;
  }
}

function retryAfterMsOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
