/** What the charts show of an hour: each a row of points, one a minute. */
import type { HistoryMinute } from '../../api-types.js';
import { formatCount, formatDuration } from '../../format.js';
import type { Points } from '../../parts/chart.js';

export interface Measure {
  name: string;
  /** Behind the figure. */
  unit: string;
  of(minute: HistoryMinute): number | undefined;
  format(value: number): string;
  /** Of the latest minutes: the one under way says little of a rate, and all of a depth. */
  isRate: boolean;
}

export const measures: readonly Measure[] = [
  {
    name: 'Throughput',
    unit: 'jobs a minute',
    of: ({ completed, failed, cancelled }) => completed + failed + cancelled,
    format: formatCount,
    isRate: true,
  },
  {
    name: 'Latency',
    unit: 'wait and run, median',
    of: ({ queueMs, processingMs }) =>
      processingMs === undefined ? undefined : (queueMs?.median ?? 0) + processingMs.median,
    format: formatDuration,
    isRate: false,
  },
  { name: 'Depth', unit: 'jobs waiting', of: ({ pending }) => pending, format: formatCount, isRate: false },
  {
    name: 'Age',
    unit: 'of the oldest waiting',
    of: ({ oldestPendingMs }) => oldestPendingMs,
    format: formatDuration,
    isRate: false,
  },
];

/** Those of which there is anything: depths are told only to whoever sees all tenants. */
export const measuresIn = (minutes: readonly HistoryMinute[]): readonly Measure[] =>
  measures.filter(
    ({ name, of }) =>
      name === 'Throughput' || name === 'Latency' || minutes.some((minute) => of(minute) !== undefined),
  );

export const pointsOf = (minutes: readonly HistoryMinute[], { of }: Measure): Points => minutes.map(of);

/** The figure beside a chart. A minute that has only begun is no rate: the one before is. */
export function latestOf(minutes: readonly HistoryMinute[], measure: Measure): number | undefined {
  const points = pointsOf(minutes, measure);
  if (measure.isRate) return Math.max(points.at(-1) ?? 0, points.at(-2) ?? 0);
  // One that has only begun may not have been looked at yet.
  return points.at(-1) ?? points.at(-2);
}
