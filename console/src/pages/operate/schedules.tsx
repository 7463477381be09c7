import { curlOf } from '../../curl.js';
import { formatDuration, formatTime } from '../../format.js';
import { Action } from '../../parts/action.js';
import { Curl } from '../../parts/curl.js';
import { Icon } from '../../parts/icon.js';
import { Loading, Trouble } from '../../parts/notice.js';
import { Scroll } from '../../parts/scroll.js';
import { hrefTo } from '../../routing.js';
import { useSession } from '../../session.js';
import { useResource } from '../../use-resource.js';
import { NextRuns } from './next-runs.js';

/** The schedules with their next runs. */
export function Schedules() {
  const { client, can, me } = useSession();
  const { value, error, reload } = useResource(
    'schedules',
    (signal) => client.schedules.list({ limit: 100 }, { signal }),
    5_000,
  );
  const then = (task: Promise<unknown>) => task.then(reload);
  return (
    <section className="card" aria-label="Schedules">
      <div className="card-head">
        <h2>Schedules</h2>
      </div>
      {value === undefined && error === undefined && <Loading rows={2} />}
      {value === undefined && error !== undefined && (
        <div className="card-body">
          <Trouble error={error} onAgain={reload} />
        </div>
      )}
      {value?.schedules.length === 0 && (
        <div className="card-body stack">
          <p className="soft">
            There is none. A schedule submits a job again and again, by a cron expression or an interval.
          </p>
          <Curl
            label="Make one with curl"
            command={curlOf({
              method: 'POST',
              path: '/api/schedules',
              json: exampleSchedule,
              hasKey: me.keyId !== undefined,
            })}
          />
        </div>
      )}
      {value !== undefined && value.schedules.length > 0 && (
        <Scroll>
          <table className="table">
            <thead>
              <tr>
                <th>Schedule</th>
                <th>When</th>
                <th>Next runs</th>
                <th className="optional-column">Last</th>
                {can('operate') && (
                  <th>
                    <span className="hidden-visually">What can be done</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {value.schedules.map(
                ({ id, type, cron, timeZone, everyMs, paused, nextRunAt, lastJobId, lastRunAt }) => (
                  <tr key={id}>
                    <td>
                      <a href={hrefTo(['jobs'], { tag: `schedule:${id}` })}>{id}</a>
                      <p className="small faint">{type}</p>
                    </td>
                    <td>
                      {cron === undefined ? `every ${formatDuration(everyMs ?? 0)}` : <code>{cron}</code>}
                      <p className="small faint">{timeZone}</p>
                    </td>
                    <td>
                      {paused ? (
                        <span className="status tone-warn">
                          <Icon name="pause" />
                          paused
                        </span>
                      ) : (
                        <NextRuns id={id} nextRunAt={nextRunAt} />
                      )}
                    </td>
                    <td className="optional-column">
                      {lastJobId !== undefined && lastRunAt !== undefined && (
                        <a href={hrefTo(['jobs', lastJobId])}>{formatTime(lastRunAt)}</a>
                      )}
                    </td>
                    {can('operate') && (
                      <td>
                        <div
                          className="row"
                          style={{ justifyContent: 'flex-end', gap: 0, flexWrap: 'nowrap' }}
                        >
                          <Action
                            className="quiet"
                            title={`Run ${id} now`}
                            run={() => then(client.schedules.run(id))}
                            done="A job was submitted."
                          >
                            <Icon name="play" />
                          </Action>
                          <Action
                            className="quiet"
                            title={`${paused ? 'Resume' : 'Pause'} ${id}`}
                            run={() => then(client.schedules.change(id, { paused: !paused }))}
                          >
                            <Icon name={paused ? 'retry' : 'pause'} />
                          </Action>
                        </div>
                      </td>
                    )}
                  </tr>
                ),
              )}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}

const exampleSchedule = {
  id: 'morning',
  cron: '0 7 * * *',
  timeZone: 'Europe/Berlin',
  type: 'calculation',
  payload: { operation: 'fibonacci', n: 100 },
};
