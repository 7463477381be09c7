/** How the service is: the last hour by lane and type, the workers, the schedules, and what fails. */

import type { HistoryMinute } from '../../api-types.js';
import { formatCount, plural } from '../../format.js';
import { Chart } from '../../parts/chart.js';
import { Loading, Trouble } from '../../parts/notice.js';
import { useSession } from '../../session.js';
import { useResource } from '../../use-resource.js';
import { Failures } from './failures.js';
import { latestOf, measuresIn, pointsOf } from './minutes.js';
import { Schedules } from './schedules.js';
import { TypeFigures } from './type-figures.js';
import { Workers } from './workers.js';

export function OperatePage() {
  const { client, can } = useSession();
  const history = useResource('history', (signal) => client.service.history({ signal }), 5_000);
  const stats = useResource(
    can('admin') ? 'stats' : undefined,
    (signal) => client.service.stats({ signal }),
    2_000,
  );
  const { lanes } = history.value ?? {};
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>Operate</h1>
          <p>
            The last hour, minute by minute
            {stats.value !== undefined &&
              `. Now: ${formatCount(waiting(stats.value.lanes))} waiting, ${formatCount(running(stats.value.lanes))} running on ${plural(stats.value.workers, 'worker')}`}
          </p>
        </div>
      </div>
      <div className="stack" style={{ gap: 20 }}>
        {lanes === undefined ? (
          history.error === undefined ? (
            <div className="card">
              <Loading rows={5} height={36} />
            </div>
          ) : (
            <Trouble error={history.error} onAgain={history.reload} />
          )
        ) : (
          <div className="lane-grid">
            <Lane name="short" minutes={lanes.short} />
            <Lane name="long" minutes={lanes.long} />
          </div>
        )}
        <TypeFigures history={history.value} stats={stats.value} onChange={stats.reload} />
        <Failures />
        {can('admin') && <Workers />}
        <Schedules />
      </div>
    </div>
  );
}

type Lanes = Record<'short' | 'long', { jobs: { pending: number; processing: number } }>;

const waiting = ({ short, long }: Lanes) => short.jobs.pending + long.jobs.pending;
const running = ({ short, long }: Lanes) => short.jobs.processing + long.jobs.processing;

const Lane = ({ name, minutes }: { name: 'short' | 'long'; minutes: readonly HistoryMinute[] }) => (
  <section className="card" aria-label={`The ${name} lane`}>
    <div className="card-head">
      <h2>{name === 'short' ? 'Short lane' : 'Long lane'}</h2>
    </div>
    <div className="charts">
      {measuresIn(minutes).map((measure) => {
        const latest = latestOf(minutes, measure);
        return (
          <div className="chart" key={measure.name}>
            <p className="chart-name">{measure.name}</p>
            <p className="chart-value">
              {latest === undefined ? '–' : measure.format(latest)} <small>{measure.unit}</small>
            </p>
            <Chart
              label={`${measure.name} of the ${name} lane`}
              points={pointsOf(minutes, measure)}
              format={measure.format}
            />
          </div>
        );
      })}
    </div>
  </section>
);
