/** Why a job waits, and for how long. */
import type { Job } from '../../api-types.js';
import { formatAgo, formatDuration } from '../../format.js';
import { Notice } from '../../parts/notice.js';
import { toneOf } from '../../parts/status.js';
import { useSession } from '../../session.js';
import { useNow } from '../../use-now.js';
import { useResource } from '../../use-resource.js';

export function Waiting({ job }: { job: Job }) {
  const { client } = useSession();
  const nowMs = useNow();
  const { value: why } = useResource(
    `${job.id} ${job.status}`,
    (signal) => client.jobs.why(job.id, { signal }),
    2_000,
  );
  const [first, ...others] = why?.reasons ?? [];
  const startAt = why?.estimatedStartAt;
  return (
    <Notice tone={toneOf(job.status)} icon="clock" title={titles[first?.code ?? ''] ?? 'It waits'}>
      <p>{first?.detail ?? 'Looking up why …'}</p>
      {others.map(({ code, detail }) => (
        <p key={code}>{detail}</p>
      ))}
      {startAt !== undefined && (
        <p style={{ marginTop: 6 }}>
          It will probably start <strong>{formatAgo(startAt, nowMs)}</strong>
          {why?.estimateBasis?.processingMs !== undefined &&
            `; such jobs take ${formatDuration(why.estimateBasis.processingMs)}`}
          .
        </p>
      )}
    </Notice>
  );
}

const titles: Readonly<Record<string, string>> = {
  scheduled: 'Its time has not come',
  backoff: 'It waits before its next attempt',
  children: 'It waits for its children',
  paused: 'Its type is paused',
  no_worker: 'No worker runs its type',
  no_worker_for_version: 'No worker knows its version',
  rate_limited: 'Its type is at its rate limit',
  type_concurrency: 'As many of its type run as may',
  workers_busy: 'Every worker is busy',
  queue: 'Others are before it',
  starting: 'A worker is about to take it',
};
