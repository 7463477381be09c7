/** Does one thing to every job that the filter finds, after it has shown which those are. */
import { useState } from 'react';
import type { BulkAction } from '../../api-types.js';
import { formatCount, plural } from '../../format.js';
import { Action } from '../../parts/action.js';
import { Dialog } from '../../parts/dialog.js';
import { Icon } from '../../parts/icon.js';
import { Loading, Trouble } from '../../parts/notice.js';
import { goTo, hrefTo } from '../../routing.js';
import { useSession } from '../../session.js';
import { useResource } from '../../use-resource.js';
import { bulkActionNames, bulkActions } from './bulk-actions.js';
import { askedFor, type ListFilter } from './job-filter.js';

export function BulkMenu({ filter }: { filter: ListFilter }) {
  const [action, setAction] = useState<BulkAction>();
  const possible = bulkActionNames.filter(
    (name) =>
      (filter.status === undefined ||
        bulkActions[name].statuses.some((status) => status === filter.status)) &&
      (filter.error === undefined || name !== 'cancel'),
  );
  return (
    <div className="row">
      {possible.map((name) => (
        <button key={name} type="button" className="button" onClick={() => setAction(name)}>
          <Icon name={bulkActions[name].icon} /> {bulkActions[name].label} all…
        </button>
      ))}
      {action !== undefined && (
        <BulkDialog action={action} filter={filter} onClose={() => setAction(undefined)} />
      )}
    </div>
  );
}

interface BulkDialogProps {
  action: BulkAction;
  filter: ListFilter;
  onClose(): void;
}

function BulkDialog({ action, filter, onClose }: BulkDialogProps) {
  const { client } = useSession();
  // What is shown is what is done: the span of time does not move on meanwhile.
  const [request] = useState(() => {
    const asked = askedFor(filter, Date.now());
    return { action, filter: Object.keys(asked).length === 0 ? ({ all: true } as const) : asked };
  });
  const { value, error, reload } = useResource(JSON.stringify(request), (signal) =>
    client.bulk.preview(request, { signal }),
  );
  const { label, question, warning } = bulkActions[action];
  return (
    <Dialog
      title={`${label} all that match`}
      onClose={onClose}
      foot={
        <>
          <button type="button" className="button" onClick={onClose}>
            Leave them
          </button>
          {value !== undefined && value.matched > 0 && (
            <Action
              className={`button primary ${action === 'retry' ? '' : 'danger'}`}
              run={async () => {
                const { jobId } = await client.bulk.start(request);
                goTo(hrefTo(['jobs', jobId]));
              }}
            >
              {label} {plural(value.matched, 'job')}
            </Action>
          )}
        </>
      }
    >
      {error !== undefined && <Trouble error={error} onAgain={reload} />}
      {value === undefined && error === undefined && <Loading rows={3} />}
      {value !== undefined && value.matched === 0 && <p>No job matches on which this is possible.</p>}
      {value !== undefined && value.matched > 0 && (
        <>
          <p>
            <strong>
              {formatCount(value.matched)}
              {value.complete ? '' : ' or more'} {value.matched === 1 ? 'job' : 'jobs'}
            </strong>{' '}
            of {value.types.length === 1 ? value.types[0] : 'all types'} {question}: those that are{' '}
            {value.statuses.join(', ')}
            {filter.tag === undefined ? '' : ` and have the tag ${filter.tag}`}
            {filter.error === undefined ? '' : ` with the error ${filter.error}`}.
          </p>
          <p className="soft small">{warning}</p>
          <div>
            <p className="label">Among them</p>
            <ul className="small">
              {value.examples.map((id) => (
                <li key={id}>
                  <code>{id}</code>
                </li>
              ))}
            </ul>
          </div>
        </>
      )}
    </Dialog>
  );
}
