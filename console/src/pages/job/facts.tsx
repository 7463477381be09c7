import type { ReactNode } from 'react';
import type { Job } from '../../api-types.js';
import { formatDuration } from '../../format.js';
import { At } from '../../parts/time.js';
import { hrefTo } from '../../routing.js';

/** What else is known of a job. */
export function Facts({ job }: { job: Job }) {
  const facts: [string, ReactNode][] = [
    ['Type', <TypeLink key="type" type={job.type} />],
    ['Attempts', `${job.attempts.made} of ${job.attempts.max}`],
    ['Priority', job.priority],
    ['Waited', job.queueTimeMs === undefined ? undefined : formatDuration(job.queueTimeMs)],
    ['Ran', job.processingTimeMs === undefined ? undefined : formatDuration(job.processingTimeMs)],
    ['Worker', job.worker],
    ['Tags', job.tags && <Tags tags={job.tags} />],
    ['Parent', job.parentId && <a href={hrefTo(['jobs', job.parentId])}>{job.parentId}</a>],
    ['Fairness key', job.fairnessKey],
    ['Tenant', job.tenant],
    ['Callback', job.callbackUrl],
    ['Expires', job.expiresAt && <At at={job.expiresAt} />],
    ['Deadline', job.deadlineAt && <At at={job.deadlineAt} />],
  ];
  return (
    <dl className="facts">
      {facts
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

const TypeLink = ({ type }: { type: string }) => <a href={hrefTo(['types', type])}>{type}</a>;

const Tags = ({ tags }: { tags: readonly string[] }) => (
  <span className="chips">
    {tags.map((tag) => (
      <a className="tag" key={tag} href={hrefTo(['jobs'], { tag })}>
        {tag}
      </a>
    ))}
  </span>
);
