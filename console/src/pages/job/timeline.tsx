/** The stations of a job with their times, and how long it was from each to the next. */
import type { ReactNode } from 'react';
import type { Job, JobStatus } from '../../api-types.js';
import { formatDuration } from '../../format.js';
import { isFinal } from '../../job-status.js';
import { StatusShape, toneOf } from '../../parts/status.js';
import { At } from '../../parts/time.js';
import { useNow } from '../../use-now.js';

interface Station {
  status: JobStatus;
  what: ReactNode;
  at: string | undefined;
  note?: ReactNode;
}

export function Timeline({ job }: { job: Job }) {
  const nowMs = useNow(isFinal(job.status) ? 60_000 : 200);
  const stations = stationsOf(job);
  return (
    <ol className="timeline">
      {stations.map(({ status, what, at, note }, index) => {
        const until = stations[index + 1]?.at;
        const endMs = until === undefined ? nowMs : Date.parse(until);
        const isOver = isFinal(status);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: stations are only added
          <li key={index} className={`tone-${toneOf(status)}`}>
            <span className="dot">
              {index === stations.length - 1 ? <StatusShape status={status} /> : <Passed />}
            </span>
            <div>
              <p className="what">{what}</p>
              <p>
                {at !== undefined && <At at={at} />}
                {note}
              </p>
            </div>
            <span className="length">
              {!isOver &&
                at !== undefined &&
                Date.parse(at) <= endMs &&
                formatDuration(endMs - Date.parse(at))}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

const Passed = () => (
  <svg viewBox="0 0 14 14" aria-hidden="true">
    <circle cx="7" cy="7" r="3.5" fill="var(--line-strong)" />
  </svg>
);

function stationsOf(job: Job): Station[] {
  const { status, createdAt, scheduledFor, startedAt, attempts, worker } = job;
  const stations: Station[] = [
    { status: job.children === undefined ? 'pending' : 'blocked', what: 'Accepted', at: createdAt },
  ];
  const isStarted = startedAt !== undefined && status !== 'pending';
  if (isStarted)
    stations.push({
      status: 'processing',
      what: attempts.made > 1 ? `Attempt ${attempts.made} of ${attempts.max} started` : 'Started',
      at: startedAt,
      note: worker === undefined ? '' : ` by ${worker}`,
    });
  if (status === 'retrying') stations.push({ status, what: 'Next attempt', at: scheduledFor });
  if (status === 'scheduled') stations.push({ status, what: 'May start', at: scheduledFor });
  if (status === 'blocked') stations.push({ status, what: 'Waits for its children', at: undefined });
  const endedAt = job.completedAt ?? job.failedAt ?? job.cancelledAt;
  if (isFinal(status)) stations.push({ status, what: ends[status] ?? status, at: endedAt });
  return stations;
}

const ends: Partial<Record<JobStatus, string>> = {
  completed: 'Completed',
  failed: 'Failed for good',
  cancelled: 'Cancelled',
};
