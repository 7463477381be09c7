/** Does one thing to the jobs that were selected, one after the other. */
import type { BulkAction, JobSummary } from '../../api-types.js';
import { plural } from '../../format.js';
import { Action } from '../../parts/action.js';
import { Icon } from '../../parts/icon.js';
import { useSession } from '../../session.js';
import { bulkActionNames, bulkActions } from './bulk-actions.js';

export function Selection({ jobs, onDone }: { jobs: readonly JobSummary[]; onDone(): void }) {
  const { client } = useSession();
  const change = (action: BulkAction, id: string): Promise<unknown> =>
    action === 'delete' ? client.jobs.delete(id) : client.jobs[action](id);
  return (
    <div className="card-head" role="status">
      <strong>{plural(jobs.length, 'job')} selected</strong>
      <div className="row">
        {bulkActionNames.map((action) => {
          const { label, icon, statuses } = bulkActions[action];
          const able = jobs.filter(({ status }) => statuses.includes(status));
          if (able.length === 0) return null;
          return (
            <Action
              key={action}
              className={`button ${action === 'delete' ? 'danger' : ''}`}
              done={`${label}: done for ${plural(able.length, 'job')}.`}
              run={async () => {
                for (const { id } of able) await change(action, id);
                onDone();
              }}
            >
              <Icon name={icon} /> {label} {able.length}
            </Action>
          );
        })}
        <button type="button" className="quiet" onClick={onDone}>
          Clear
        </button>
      </div>
    </div>
  );
}
