import { formatDuration } from '../../format.js';
import { Empty, Loading, Trouble } from '../../parts/notice.js';
import { Scroll } from '../../parts/scroll.js';
import { Ago } from '../../parts/time.js';
import { hrefTo } from '../../routing.js';
import { useSession } from '../../session.js';
import { useNow } from '../../use-now.js';
import { useResource } from '../../use-resource.js';

/** Of each worker. */
const runningShown = 8;

/** The worker servers that are alive, and what each is doing right now. */
export function Workers() {
  const { client } = useSession();
  const nowMs = useNow();
  const { value, error, reload } = useResource(
    'workers',
    (signal) => client.service.workers({ signal }),
    2_000,
  );
  return (
    <section className="card" aria-label="Workers">
      <div className="card-head">
        <h2>Workers</h2>
      </div>
      {value === undefined && error === undefined && <Loading rows={2} />}
      {value === undefined && error !== undefined && (
        <div className="card-body">
          <Trouble error={error} onAgain={reload} />
        </div>
      )}
      {value?.workers.length === 0 && (
        <Empty icon="warning" title="No worker is alive">
          <p>
            Jobs are accepted and wait. Start one with <code>npm run worker</code>.
          </p>
        </Empty>
      )}
      {value !== undefined && value.workers.length > 0 && (
        <Scroll>
          <table className="table">
            <thead>
              <tr>
                <th>Worker</th>
                <th className="optional-column">Lanes</th>
                <th className="optional-column">Since</th>
                <th>Right now</th>
              </tr>
            </thead>
            <tbody>
              {value.workers.map(({ name, host, lanes, startedAt, running, version }) => (
                <tr key={name}>
                  <td>
                    <code>{name}</code>
                    <p className="small faint">
                      {host} · {version}
                    </p>
                  </td>
                  <td className="optional-column">{lanes.join(', ')}</td>
                  <td className="optional-column" style={{ whiteSpace: 'nowrap' }}>
                    <Ago at={startedAt} />
                  </td>
                  <td>
                    {running.length === 0 && <span className="faint">idle</span>}
                    <ul>
                      {running.slice(0, runningShown).map((job) => (
                        <li key={job.id} className="small">
                          <a href={hrefTo(['jobs', job.id])}>{job.type}</a>{' '}
                          <code className="faint">…{job.id.slice(-8)}</code>{' '}
                          <span className="faint">
                            {job.startedAt !== undefined &&
                              formatDuration(Math.max(0, nowMs - Date.parse(job.startedAt)))}
                          </span>
                        </li>
                      ))}
                    </ul>
                    {running.length > runningShown && (
                      <span className="small faint">and {running.length - runningShown} more</span>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}
