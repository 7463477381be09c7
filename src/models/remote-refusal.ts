/** What it means for a job that another server does not answer 2xx. */
import type { ErrorCode } from './errors.js';
import type { OutboundResponse } from './job-type.js';

interface Ending {
  fail(code: ErrorCode, detail: string): never;
  retry(code: ErrorCode, detail: string, options?: { retryAfterMs?: number }): never;
}

/**
 * Ends the attempt: for good where the server refuses (3xx, 4xx), to be repeated where it is in trouble (429, 5xx),
 * and then not before its Retry-After.
 *
 * @param who The server, as the subject of a sentence that the client reads.
 * @param passing Statuses of 4xx beside 429 that another attempt may not meet.
 * @throws Failure `remote_refused`, `remote_error`
 */
export function refuse(
  context: Ending,
  who: string,
  { status, body, retryAfterMs }: OutboundResponse,
  passing: readonly number[] = [],
): never {
  body.destroy();
  const detail = `${who} answered ${status}.`;
  if (status !== 429 && status < 500 && !passing.includes(status))
    return context.fail('remote_refused', detail);
  return context.retry('remote_error', detail, { retryAfterMs });
}

/** The status that such a detail tells. */
export function refusedStatusOf(detail: string): number | undefined {
  const [, status] = / answered (\d{3})\.$/.exec(detail) ?? [];
  return status === undefined ? undefined : Number(status);
}
