/** The few figures that a report needs of many. */
import { quantileSorted } from 'simple-statistics';

export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** Of at least one figure. */
export function spreadOf(figures: readonly number[]): Spread {
  const sorted = [...figures].sort((a, b) => a - b);
  return {
    median: quantileSorted(sorted, 0.5),
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
  };
}

export interface Latency {
  p50: number;
  p90: number;
  p99: number;
  max: number;
}

/** Of times in milliseconds. */
export function latencyOf(timesMs: readonly number[]): Latency {
  const sorted = Float64Array.from(timesMs).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: sorted.at(-1) ?? 0 };
}
