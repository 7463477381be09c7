import { formatCount } from '../../format.js';
import { Icon } from '../../parts/icon.js';
import { Loading, Trouble } from '../../parts/notice.js';
import { Scroll } from '../../parts/scroll.js';
import { Ago } from '../../parts/time.js';
import { hrefTo } from '../../routing.js';
import { useSession } from '../../session.js';
import { useResource } from '../../use-resource.js';

/** Failed jobs by what failed, the latest first. Each leads to its jobs, where all of them can be retried. */
export function Failures() {
  const { client } = useSession();
  const { value, error, reload } = useResource(
    'failures',
    (signal) => client.jobs.failures({ signal }),
    5_000,
  );
  return (
    <section className="card" aria-label="Failures">
      <div className="card-head">
        <h2>Failed jobs</h2>
      </div>
      {value === undefined && error === undefined && <Loading rows={2} />}
      {value === undefined && error !== undefined && (
        <div className="card-body">
          <Trouble error={error} onAgain={reload} />
        </div>
      )}
      {value?.failures.length === 0 && (
        <p className="card-body status tone-good">
          <Icon name="check" /> Nothing has failed.
        </p>
      )}
      {value !== undefined && value.failures.length > 0 && (
        <Scroll>
          <table className="table">
            <thead>
              <tr>
                <th>What failed</th>
                <th className="number">Jobs</th>
                <th className="optional-column">The latest says</th>
                <th>Last</th>
              </tr>
            </thead>
            <tbody>
              {value.failures.map(({ type, code, title, count, lastAt, latest }) => (
                <tr key={`${type} ${code}`}>
                  <td>
                    <a href={hrefTo(['jobs'], { type, error: code })}>{title}</a>
                    <p className="small faint">
                      {type} · <code>{code}</code>
                    </p>
                  </td>
                  <td className="number">{formatCount(count)}</td>
                  <td className="optional-column soft wrap">
                    {latest !== undefined && (
                      <a className="soft" href={hrefTo(['jobs', latest.id])}>
                        {latest.detail}
                      </a>
                    )}
                  </td>
                  <td style={{ whiteSpace: 'nowrap' }}>
                    <Ago at={lastAt} />
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
