/**
 * A job, followed: its stream of events tells when it changes, and what the stream tells in part is read as a whole, a
 * few times a second at the most. The client resumes a stream that was lost.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Job, LogLine } from '../../api-types.js';
import { noteLost, noteReached } from '../../connection.js';
import { useSession } from '../../session.js';

export interface FollowedJob {
  job: Job | undefined;
  lines: readonly LogLine[];
  /** Lines that there are; more than `lines` where the oldest are not shown. */
  linesTotal: number;
  /** It was deleted while it was looked at. */
  isDeleted: boolean;
  /** Why there is no job to show. */
  error: unknown;
  /** Follows it anew, as after a retry. */
  follow(): void;
}

/** Between two readings, in milliseconds. */
const readEveryMs = 300;
const linesMax = 1_000;

export function useJob(id: string): FollowedJob {
  const { client } = useSession();
  const [job, setJob] = useState<Job>();
  const [log, setLog] = useState<{ lines: readonly LogLine[]; total: number }>({ lines: [], total: 0 });
  const [isDeleted, setIsDeleted] = useState(false);
  const [error, setError] = useState<unknown>();
  const [round, setRound] = useState(0);
  const readJob = useThrottled(async () => setJob(await client.jobs.get(id)), readEveryMs);
  const readLog = useThrottled(
    async () => setLog(await client.jobs.logs(id, { limit: linesMax })),
    readEveryMs,
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: another round follows it anew
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const onState = (state: 'open' | 'lost') => (state === 'open' ? noteReached() : noteLost());
    const follow = async () => {
      setError(undefined);
      readLog();
      for await (const event of client.jobs.events(id, { signal, onState }))
        switch (event.kind) {
          case 'job':
            setJob(event.data);
            readLog();
            break;
          case 'status': {
            const { status } = event.data;
            setJob((known) => known && { ...known, status });
            readJob();
            break;
          }
          case 'progress': {
            const { percent, message } = event.data;
            setJob((known) => known && { ...known, progress: { percent, message } });
            break;
          }
          case 'log':
            readLog();
            break;
          case 'deleted':
            setIsDeleted(true);
        }
    };
    follow().catch((reason: unknown) => {
      if (!signal.aborted) setError(reason);
    });
    return () => leaving.abort();
  }, [client, id, round]);

  const follow = useCallback(() => setRound((count) => count + 1), []);
  return { job, lines: log.lines, linesTotal: log.total, isDeleted, error, follow };
}

/** Does it at once, and again when it was asked for meanwhile. What fails is asked for again by the next event. */
function useThrottled(task: () => Promise<void>, everyMs: number): () => void {
  const state = useRef({ isBusy: false, isAskedAgain: false });
  const latest = useRef(task);
  latest.current = task;
  return useCallback(() => {
    const { current } = state;
    current.isAskedAgain = true;
    if (current.isBusy) return;
    const run = async () => {
      current.isBusy = true;
      while (current.isAskedAgain) {
        current.isAskedAgain = false;
        await latest.current().catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
      current.isBusy = false;
    };
    void run();
  }, [everyMs]);
}
