/** Bins and how many fell into each, as bars with a table behind them for whoever cannot see bars. */
import { isRecord } from '../form/schema.js';
import { formatCount, plural } from '../format.js';

interface Bin {
  from: number;
  to: number;
  count: number;
}

const drawing = { width: 640, height: 200 };

export function histogramIn(result: unknown): readonly Bin[] | undefined {
  if (!isRecord(result) || !Array.isArray(result.bins)) return undefined;
  const isBin = (bin: unknown): bin is Bin =>
    isRecord(bin) && [bin.from, bin.to, bin.count].every((each) => typeof each === 'number');
  return result.bins.length > 0 && result.bins.every(isBin) ? result.bins : undefined;
}

export function Histogram({ bins }: { bins: readonly Bin[] }) {
  const most = Math.max(...bins.map(({ count }) => count), 1);
  const width = drawing.width / bins.length;
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  const [first, last] = [bins[0], bins.at(-1)];
  return (
    <figure className="card-body">
      <svg
        viewBox={`0 0 ${drawing.width} ${drawing.height}`}
        style={{ display: 'block', width: '100%' }}
        role="img"
        aria-label={`Histogram of ${plural(total, 'number')} in ${plural(bins.length, 'bin')}`}
      >
        {bins.map(({ from, to, count }, index) => (
          <rect
            key={from}
            x={index * width + Math.min(2, width * 0.05)}
            y={drawing.height - (count / most) * drawing.height}
            width={Math.max(width - Math.min(4, width * 0.1), 0.5)}
            height={(count / most) * drawing.height}
            rx={Math.min(3, width / 4)}
            fill="var(--accent)"
          >
            <title>{`${formatCount(from)} to ${formatCount(to)}: ${count}`}</title>
          </rect>
        ))}
      </svg>
      <figcaption className="row small faint" style={{ justifyContent: 'space-between', marginTop: 6 }}>
        <span>{first === undefined ? '' : formatCount(first.from)}</span>
        <span>
          {plural(total, 'number')}, at most {most} in a bin
        </span>
        <span>{last === undefined ? '' : formatCount(last.to)}</span>
      </figcaption>
      <details style={{ marginTop: 14 }} open={bins.length <= 12 || undefined}>
        <summary>As a table</summary>
        <table className="table" style={{ marginTop: 8 }}>
          <thead>
            <tr>
              <th className="number">From</th>
              <th className="number">To</th>
              <th className="number">Numbers</th>
            </tr>
          </thead>
          <tbody>
            {bins.slice(0, 200).map(({ from, to, count }) => (
              <tr key={from}>
                <td className="number">{formatCount(from)}</td>
                <td className="number">{formatCount(to)}</td>
                <td className="number">{count}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}
