import type { Job } from '../../api-types.js';
import { formatDuration } from '../../format.js';
import { Scroll } from '../../parts/scroll.js';
import { At } from '../../parts/time.js';
import { useSession } from '../../session.js';
import { useResource } from '../../use-resource.js';

/** The attempts that failed, each with its own error. */
export function Attempts({ job }: { job: Job }) {
  const { client } = useSession();
  const { attempts, status } = job;
  const mayHaveFailed = attempts.made > 1 || job.error !== undefined;
  const { value } = useResource(
    mayHaveFailed ? `${job.id} ${attempts.made} ${status}` : undefined,
    (signal) => client.jobs.attempts(job.id, { signal }),
  );
  if (value === undefined || value.attempts.length === 0) return null;
  return (
    <section className="card" aria-label="Failed attempts">
      <div className="card-head">
        <h2>Failed attempts</h2>
      </div>
      <Scroll>
        <table className="table">
          <thead>
            <tr>
              <th>Attempt</th>
              <th>What failed</th>
              <th className="optional-column">When</th>
              <th className="number">Length</th>
            </tr>
          </thead>
          <tbody>
            {value.attempts.map(({ attempt, code, detail, startedAt, endedAt, worker }) => (
              <tr key={attempt}>
                <td>{attempt}</td>
                <td>
                  <code>{code}</code>
                  <p className="soft wrap">{detail}</p>
                  <p className="small faint">{worker}</p>
                </td>
                <td className="optional-column">
                  <At at={startedAt} />
                </td>
                <td className="number">{formatDuration(Date.parse(endedAt) - Date.parse(startedAt))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
