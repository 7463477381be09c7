import { type KeyboardEvent, useRef } from 'react';
import type { JobSummary } from '../../api-types.js';
import { formatAgo, formatDuration, formatTimeInFull } from '../../format.js';
import { Scroll } from '../../parts/scroll.js';
import { Status } from '../../parts/status.js';
import { hrefTo } from '../../routing.js';
import { useNow } from '../../use-now.js';
import { useTypes } from '../../use-types.js';

interface JobTableProps {
  jobs: readonly JobSummary[];
  selected: ReadonlySet<string>;
  canSelect: boolean;
  onSelect(selected: ReadonlySet<string>): void;
}

/** Often enough for words such as `3 min ago`, in milliseconds. */
const renewEveryMs = 5_000;

/** Rows of one height that never move by themselves. */
export function JobTable({ jobs, selected, canSelect, onSelect }: JobTableProps) {
  const body = useRef<HTMLTableSectionElement>(null);
  const nowMs = useNow(renewEveryMs);
  const types = useTypes();
  const titles = new Map(types.value?.map(({ type, title }) => [type, title]));
  const toggle = (id: string) => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    onSelect(next);
  };
  const onKey = (event: KeyboardEvent) => {
    const links = [...(body.current?.querySelectorAll<HTMLAnchorElement>('a.job-link') ?? [])];
    const row = event.target instanceof HTMLElement ? event.target.closest('tr') : null;
    const at = links.findIndex((link) => link.closest('tr') === row);
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      links[Math.min(links.length - 1, Math.max(0, at + step))]?.focus();
    } else if (event.key === 'x' && canSelect && jobs[at] !== undefined) toggle(jobs[at].id);
  };
  return (
    <Scroll>
      <table className="table jobs-table">
        <thead>
          <tr>
            {canSelect && (
              <th style={{ width: 48 }}>
                <input
                  type="checkbox"
                  aria-label="Select all in sight"
                  checked={selected.size > 0 && jobs.every(({ id }) => selected.has(id))}
                  onChange={({ target }) => onSelect(new Set(target.checked ? jobs.map(({ id }) => id) : []))}
                />
              </th>
            )}
            <th style={{ width: 124 }}>Status</th>
            <th>Job</th>
            <th className="optional-column" style={{ width: '26%' }}>
              Note
            </th>
            <th className="roomy" style={{ width: 108 }}>
              Accepted
            </th>
            <th className="number optional-column" style={{ width: 100 }}>
              Took
            </th>
          </tr>
        </thead>
        <tbody ref={body} onKeyDown={onKey}>
          {jobs.map((job) => (
            <tr key={job.id} aria-selected={canSelect ? selected.has(job.id) : undefined}>
              {canSelect && (
                <td>
                  <input
                    type="checkbox"
                    aria-label={`Select ${job.id}`}
                    checked={selected.has(job.id)}
                    onChange={() => toggle(job.id)}
                  />
                </td>
              )}
              <td>
                <Status status={job.status} />
              </td>
              <td>
                <a className="job-link" href={hrefTo(['jobs', job.id])} title={job.id}>
                  {titles.get(job.type) ?? job.type} <code className="faint">…{job.id.slice(-8)}</code>
                </a>
              </td>
              <td className="optional-column soft" title={noteOf(job)}>
                {job.tags?.map((tag) => (
                  <span key={tag}>
                    <a className="tag" href={hrefTo(['jobs'], { tag })}>
                      {tag}
                    </a>{' '}
                  </span>
                ))}
                {noteOf(job)}
              </td>
              <td className="soft roomy" title={formatTimeInFull(job.createdAt)}>
                {formatAgo(job.createdAt, nowMs)}
              </td>
              <td className="number optional-column soft">
                {job.processingTimeMs === undefined ? '' : formatDuration(job.processingTimeMs)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function noteOf({ status, error, progress, attempts }: JobSummary): string {
  if (status === 'processing' && progress !== undefined)
    return `${Math.round(progress.percent)} % ${progress.message ?? ''}`;
  if (error !== undefined && status !== 'completed' && status !== 'cancelled') return error.title;
  return attempts.made > 1 ? `attempt ${attempts.made} of ${attempts.max}` : '';
}
