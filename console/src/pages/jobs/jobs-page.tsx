/** The list of jobs: filtered, walked through by keyboard, and changed one by one or all that match. */
import { useState } from 'react';
import { formatCount, plural } from '../../format.js';
import { Action } from '../../parts/action.js';
import { Icon } from '../../parts/icon.js';
import { Empty, Loading, Trouble } from '../../parts/notice.js';
import { hrefTo } from '../../routing.js';
import { useSession } from '../../session.js';
import { BulkMenu } from './bulk-menu.js';
import { Filters } from './filters.js';
import { filterIn } from './job-filter.js';
import { JobTable } from './job-table.js';
import { Selection } from './selection.js';
import { newerMax, useJobList } from './use-job-list.js';

export function JobsPage({ query }: { query: URLSearchParams }) {
  const filter = filterIn(query);
  const { can } = useSession();
  const { jobs, error, newer, hasOlder, showNewer, showOlder } = useJobList(filter);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const isFiltered = Object.keys(filter).length > 0;
  const chosen = jobs?.filter(({ id }) => selected.has(id)) ?? [];
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>Jobs</h1>
          <p>Newest first. What is in sight is kept up to date where it is.</p>
        </div>
        {can('operate') && <BulkMenu filter={filter} />}
      </div>
      <div className="card">
        <Filters filter={filter} />
        {chosen.length > 0 && <Selection jobs={chosen} onDone={() => setSelected(new Set())} />}
        {newer > 0 && (
          <button type="button" className="newer" onClick={showNewer}>
            Show {newer >= newerMax ? `${newerMax} and more` : formatCount(newer)} newer
          </button>
        )}
        {error !== undefined && jobs === undefined && (
          <div className="card-body">
            <Trouble error={error} onAgain={showNewer} />
          </div>
        )}
        {jobs === undefined && error === undefined && <Loading rows={8} height={26} />}
        {jobs?.length === 0 &&
          (isFiltered ? (
            <Empty icon="search" title={hasOlder ? 'None among the latest' : 'No job matches'}>
              <p>
                {hasOlder ? 'Older ones have not been looked at yet.' : 'Take a filter away to see more.'}
              </p>
              <a className="button" href={hrefTo(['jobs'])}>
                Show all jobs
              </a>
            </Empty>
          ) : (
            <Empty icon="jobs" title="There are no jobs yet">
              <p>The first one takes ten seconds: a Fibonacci number, or a photo made smaller.</p>
              {can('submit') && (
                <a className="button primary" href={hrefTo(['submit'])}>
                  <Icon name="plus" /> Submit a job
                </a>
              )}
            </Empty>
          ))}
        {jobs !== undefined && jobs.length > 0 && (
          <JobTable jobs={jobs} selected={selected} onSelect={setSelected} canSelect={can('operate')} />
        )}
        {jobs !== undefined && (jobs.length > 0 || hasOlder) && (
          <div className="card-head" style={{ borderTop: '1px solid var(--line)', borderBottom: 0 }}>
            <span className="small faint">{plural(jobs.length, 'job')} in sight</span>
            <span className="small faint optional-column">
              <kbd>j</kbd> <kbd>k</kbd> move · <kbd>Enter</kbd> opens · <kbd>x</kbd> selects · <kbd>/</kbd>{' '}
              filters
            </span>
            {hasOlder && (
              <Action className="button" run={showOlder}>
                Show older
              </Action>
            )}
          </div>
        )}
      </div>
    </div>
  );
}
