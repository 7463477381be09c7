import type { History, Stats } from '../../api-types.js';
import { formatCount } from '../../format.js';
import { Action } from '../../parts/action.js';
import { Chart } from '../../parts/chart.js';
import { Icon } from '../../parts/icon.js';
import { Scroll } from '../../parts/scroll.js';
import { hrefTo } from '../../routing.js';
import { useSession } from '../../session.js';
import { useTypes } from '../../use-types.js';
import { latestOf, measuresIn, pointsOf } from './minutes.js';

interface TypeFiguresProps {
  history: History | undefined;
  /** Only whoever sees all tenants has them. */
  stats: Stats | undefined;
  onChange(): void;
}

/** Each type with its charts, what it has now, and whether workers start its jobs. */
export function TypeFigures({ history, stats, onChange }: TypeFiguresProps) {
  const { client, can } = useSession();
  const types = useTypes();
  if (history === undefined || types.value === undefined) return null;
  const shown = types.value.filter(({ type }) => history.types[type] !== undefined);
  const all = Object.values(history.types).flatMap(({ minutes }) => minutes);
  const measures = measuresIn(all);
  return (
    <section className="card" aria-label="Job types">
      <div className="card-head">
        <h2>Job types</h2>
      </div>
      <Scroll>
        <table className="table">
          <thead>
            <tr>
              <th>Type</th>
              {stats !== undefined && (
                <>
                  <th className="number">Waiting</th>
                  <th className="number">Running</th>
                  <th className="number">Failed</th>
                </>
              )}
              {measures.map(({ name }) => (
                <th key={name}>{name}</th>
              ))}
              {can('admin') && (
                <th>
                  <span className="hidden-visually">Pause or resume</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {shown.map(({ type, title, paused }) => {
              const minutes = history.types[type]?.minutes ?? [];
              const now = stats?.types[type];
              const isPaused = now?.paused ?? paused ?? false;
              return (
                <tr key={type}>
                  <td style={{ whiteSpace: 'nowrap' }}>
                    <a href={hrefTo(['jobs'], { type })}>{title}</a>
                    <p className="small faint">
                      {history.types[type]?.lane} lane
                      {isPaused && (
                        <span className="status tone-warn" style={{ marginLeft: 8 }}>
                          <Icon name="pause" />
                          paused
                        </span>
                      )}
                    </p>
                  </td>
                  {stats !== undefined && (
                    <>
                      <td className="number">{formatCount(now?.jobs.pending ?? 0)}</td>
                      <td className="number">{formatCount(now?.jobs.processing ?? 0)}</td>
                      <td className="number">
                        <a href={hrefTo(['jobs'], { type, status: 'failed' })}>
                          {formatCount(now?.jobs.failed ?? 0)}
                        </a>
                      </td>
                    </>
                  )}
                  {measures.map((measure) => {
                    const latest = latestOf(minutes, measure);
                    return (
                      <td key={measure.name}>
                        <span className="spark">
                          <span>{latest === undefined ? '–' : measure.format(latest)}</span>
                          <Chart
                            label={`${measure.name} of ${title}`}
                            points={pointsOf(minutes, measure)}
                            format={measure.format}
                          />
                        </span>
                      </td>
                    );
                  })}
                  {can('admin') && (
                    <td className="number">
                      <Action
                        className="quiet"
                        title={`${isPaused ? 'Resume' : 'Pause'} ${title}`}
                        done={
                          isPaused
                            ? `Workers start ${title} jobs again.`
                            : `Workers start no more ${title} jobs.`
                        }
                        run={async () => {
                          await (isPaused ? client.types.resume(type) : client.types.pause(type));
                          onChange();
                          types.reload();
                        }}
                      >
                        <Icon name={isPaused ? 'play' : 'pause'} />
                      </Action>
                    </td>
                  )}
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
