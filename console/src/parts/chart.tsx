/** A line over the minutes of an hour, small enough for a cell of a table. What it shows is said in words as well. */

export type Points = readonly (number | undefined)[];

interface ChartProps {
  points: Points;
  /** What it is, for whoever cannot see it. */
  label: string;
  format: (value: number) => string;
  className?: string;
}

const height = 40;

export function Chart({ points, label, format, className }: ChartProps) {
  const known = points.filter((point) => point !== undefined);
  const most = Math.max(...known, 0);
  const yOf = (value: number) => height - 1 - (most === 0 ? 0 : (value / most) * (height - 4));
  const lines = runsOf(points).map((run) => run.map(([x, value]) => `${x} ${yOf(value).toFixed(1)}`));
  const latest = known.at(-1);
  const words = latest === undefined ? 'no figures yet' : `now ${format(latest)}, at most ${format(most)}`;
  return (
    <svg
      className={className}
      viewBox={`0 0 ${Math.max(points.length - 1, 1)} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${label}, the last ${points.length} minutes: ${words}`}
    >
      <title>{`${label}: ${words}`}</title>
      <path className="base" d={`M0 ${height - 0.5}H${points.length}`} />
      {lines.map((line) => (
        <g key={line[0]}>
          <path
            className="area"
            d={`M${line[0]?.split(' ')[0]} ${height}L${line.join('L')}L${line.at(-1)?.split(' ')[0]} ${height}Z`}
          />
          <path className="line" d={`M${line.join('L')}${line.length === 1 ? `h0.5` : ''}`} />
        </g>
      ))}
    </svg>
  );
}

/** Stretches without a gap. */
function runsOf(points: Points): [x: number, value: number][][] {
  const runs: [number, number][][] = [];
  points.forEach((value, x) => {
    if (value === undefined) return;
    const open = runs.at(-1);
    if (open !== undefined && open.at(-1)?.[0] === x - 1) open.push([x, value]);
    else runs.push([[x, value]]);
  });
  return runs;
}
