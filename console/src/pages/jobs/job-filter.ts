/** The filter of the list, as it is in the address of the page, and as the API is asked for it. */
import type { JobFilter } from '../../../../src/client/index.js';
import { isFinal, jobStatuses } from '../../job-status.js';

export interface ListFilter {
  type?: string;
  status?: string;
  tag?: string;
  error?: string;
  /** A span that ends now, by its name. */
  within?: string;
}

const members = ['type', 'status', 'tag', 'error', 'within'] as const;

/** In milliseconds. */
export const spans: Readonly<Record<string, { label: string; ms: number }>> = {
  '15m': { label: 'the last 15 minutes', ms: 900_000 },
  '1h': { label: 'the last hour', ms: 3_600_000 },
  '1d': { label: 'the last day', ms: 86_400_000 },
  '7d': { label: 'the last 7 days', ms: 604_800_000 },
};

export function filterIn(query: URLSearchParams): ListFilter {
  const given = members.flatMap((name) => {
    const value = query.get(name);
    return value === null || value === '' ? [] : [[name, value] as const];
  });
  return Object.fromEntries(given);
}

/** @param nowMs What the span ends with. */
export function askedFor({ type, status, tag, error, within }: ListFilter, nowMs: number): JobFilter {
  const span = within === undefined ? undefined : spans[within];
  const known = jobStatuses.find((each) => each === status);
  return {
    ...(type === undefined ? {} : { type }),
    ...(known === undefined ? {} : { status: known }),
    ...(tag === undefined ? {} : { tag }),
    ...(error === undefined ? {} : { error }),
    ...(span === undefined ? {} : { from: new Date(nowMs - span.ms).toISOString() }),
  };
}

/** The time by which the API orders such a list: that of the end for finished jobs, else that of the creation. */
export function orderedAt(
  { status, tag, error }: JobFilter,
  job: { createdAt: string; completedAt?: string; failedAt?: string; cancelledAt?: string },
): string {
  const isByEnd = error !== undefined || (status !== undefined && isFinal(status) && tag === undefined);
  return (isByEnd ? (job.completedAt ?? job.failedAt ?? job.cancelledAt) : undefined) ?? job.createdAt;
}
