/**
 * A list of jobs that stays calm. What is in sight stays where it is and is read again in place; what has come since is
 * counted, and shown when the reader asks for it. So a thousand changes a second are two requests every two seconds.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { JobSummary } from '../../api-types.js';
import { useSession } from '../../session.js';
import { useResource } from '../../use-resource.js';
import { askedFor, type ListFilter, orderedAt } from './job-filter.js';

export interface JobList {
  /** Undefined before the first answer. */
  jobs: readonly JobSummary[] | undefined;
  error: unknown;
  /** Jobs that came since, as far as they are counted. */
  newer: number;
  hasOlder: boolean;
  showNewer(): void;
  showOlder(): Promise<void>;
}

const pageSize = 50;
/** Of a page that is asked for. */
const olderPageSize = 200;
/** Newer jobs are counted to this. */
export const newerMax = 100;
const everyMs = 2_000;

export function useJobList(filter: ListFilter): JobList {
  const { client } = useSession();
  const [round, setRound] = useState(0);
  const [openedMs, setOpenedMs] = useState(Date.now);
  const [older, setOlder] = useState<{
    key: string;
    jobs: readonly JobSummary[];
    next: string | undefined;
  }>();
  const key = JSON.stringify([filter, round]);
  const asked = askedFor(filter, openedMs);
  /** The newest job in sight: what the list begins with. */
  const top = useRef<{ key: string; at: string }>(undefined);

  const { value, error } = useResource(
    key,
    async (signal) => {
      const from = top.current?.key === key ? top.current.at : undefined;
      const after = from === undefined ? undefined : new Date(Date.parse(from) + 1).toISOString();
      const [page, since] = await Promise.all([
        client.jobs.list({ ...asked, limit: pageSize, until: after }, { signal }),
        after === undefined
          ? undefined
          : client.jobs.list({ ...asked, from: after, limit: newerMax }, { signal }),
      ]);
      const [first] = page.jobs;
      if (from === undefined && first !== undefined) top.current = { key, at: orderedAt(asked, first) };
      return { ...page, newer: since?.jobs.length ?? 0 };
    },
    everyMs,
  );

  const showNewer = useCallback(() => {
    setOpenedMs(Date.now());
    setRound((count) => count + 1);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list has no older jobs yet
  useEffect(() => setOlder(undefined), [key]);

  const further = older?.key === key ? older : undefined;
  const next = further === undefined ? value?.next : further.next;
  const seen = new Set(value?.jobs.map(({ id }) => id));
  return {
    jobs: value && [...value.jobs, ...(further?.jobs ?? []).filter(({ id }) => !seen.has(id))],
    error,
    newer: value?.newer ?? 0,
    hasOlder: next !== undefined,
    showNewer,
    showOlder: async () => {
      const page = await client.jobs.list({ ...asked, limit: olderPageSize, cursor: next });
      setOlder({ key, jobs: [...(further?.jobs ?? []), ...page.jobs], next: page.next });
    },
  };
}
