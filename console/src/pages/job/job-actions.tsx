import { useState } from 'react';
import type { Job, JobPriority } from '../../api-types.js';
import { isFinal } from '../../job-status.js';
import { Action } from '../../parts/action.js';
import { Dialog } from '../../parts/dialog.js';
import { Icon } from '../../parts/icon.js';
import { goTo, hrefTo } from '../../routing.js';
import { useSession } from '../../session.js';

/** What can be done with a job in its status, by somebody with this key. */
export function JobActions({ job, onChange }: { job: Job; onChange(): void }) {
  const { client, can } = useSession();
  const [isAsking, setIsAsking] = useState(false);
  const { id, status } = job;
  const then = (task: Promise<unknown>) => task.then(onChange);
  return (
    <div className="row">
      {can('operate') && (status === 'failed' || status === 'cancelled') && (
        <Action
          className="button primary"
          run={() => then(client.jobs.retry(id))}
          done="It waits for a worker again."
        >
          <Icon name="retry" /> Retry
        </Action>
      )}
      {can('operate') && (status === 'scheduled' || status === 'retrying') && (
        <Action run={() => then(client.jobs.promote(id))} done="It may start now.">
          <Icon name="play" /> Start now
        </Action>
      )}
      {can('operate') && ['pending', 'scheduled', 'blocked', 'retrying'].includes(status) && (
        <PriorityChoice job={job} onChange={onChange} />
      )}
      {can('operate') && !isFinal(status) && (
        <Action
          className="button danger"
          run={() => then(client.jobs.cancel(id))}
          done="It was told to stop."
        >
          <Icon name="stop" /> {job.cancelRequestedAt === undefined ? 'Cancel' : 'Cancel again'}
        </Action>
      )}
      {can('submit') && (
        <a className="button" href={hrefTo(['submit'], { from: id, type: job.type })}>
          <Icon name="edit" /> Run again, changed
        </a>
      )}
      {can('operate') && isFinal(status) && (
        <button
          type="button"
          className="button"
          aria-label="Delete"
          title="Delete"
          onClick={() => setIsAsking(true)}
        >
          <Icon name="trash" />
        </button>
      )}
      {isAsking && (
        <Dialog
          title="Delete this job?"
          onClose={() => setIsAsking(false)}
          foot={
            <>
              <button type="button" className="button" onClick={() => setIsAsking(false)}>
                Keep it
              </button>
              <Action
                className="button primary danger"
                run={async () => {
                  await client.jobs.delete(id);
                  goTo(hrefTo(['jobs']));
                }}
                done="The job was deleted."
              >
                Delete
              </Action>
            </>
          }
        >
          <p className="soft">Its log and the files that it made go with it. This cannot be undone.</p>
        </Dialog>
      )}
    </div>
  );
}

const priorities: readonly JobPriority[] = ['low', 'normal', 'high', 'urgent'];

function PriorityChoice({ job, onChange }: { job: Job; onChange(): void }) {
  const { client } = useSession();
  return (
    <select
      style={{ width: 'auto' }}
      aria-label="Priority"
      value={job.priority}
      onChange={({ target }) => {
        const priority = priorities.find((each) => each === target.value);
        if (priority !== undefined) void client.jobs.change(job.id, { priority }).then(onChange, onChange);
      }}
    >
      {priorities.map((priority) => (
        <option key={priority} value={priority}>
          {priority} priority
        </option>
      ))}
    </select>
  );
}
