/** A job that a remote server puts off for longer than this is not put off any further, in milliseconds. */
export const retryAfterMsMax = 3_600_000;

/**
 * Retry-After (RFC 9110, 10.2.3), seconds or a date, in milliseconds from now; undefined when it is absent
 * or neither.
 */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, retryAfterMsMax);
  // Date.parse takes much that is no HTTP-date, `-5` for one.
  if (!/^[A-Z][a-z]+,? .*\d{2}:\d{2}:\d{2}/.test(text)) return undefined;
  // The oldest of the three forms has no zone, and means GMT like the others.
  const atMs = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(atMs) ? undefined : Math.min(Math.max(atMs - nowMs, 0), retryAfterMsMax);
}
