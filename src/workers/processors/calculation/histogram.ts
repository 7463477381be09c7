/**
 * Bins of equal width from the smallest to the largest number. The edges are computed first and each number is
 * placed by comparing it with them, so the counts always agree with the edges that the result shows.
 */
import { extent } from 'simple-statistics';
import { numbersPerShare, untold } from './checkpoint.js';

export interface Bin {
  from: number;
  to: number;
  count: number;
}

/** One bin when all numbers are the same: there is no width to divide. */
export function histogram(numbers: readonly number[], bins: number, onShare = untold): Bin[] {
  const [least, most] = extent(numbers);
  if (least === most) return [{ from: least, to: most, count: numbers.length }];
  const edges = edgesBetween(least, most, bins);
  const counts = new Array<number>(bins).fill(0);
  for (const [index, number] of numbers.entries()) {
    if (index % numbersPerShare === 0) onShare(index / numbers.length);
    const bin = binOf(number, edges);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts.map((count, index) => ({ from: edges[index] ?? least, to: edges[index + 1] ?? most, count }));
}

function edgesBetween(least: number, most: number, bins: number): number[] {
  // Small enough that the width, times the number of bins, is a double.
  const scale = Number.isFinite((most - least) * bins) ? 1 : 2 ** -20;
  const width = most * scale - least * scale;
  const edges = Array.from({ length: bins + 1 }, (_, index) =>
    Math.max(least, Math.min(most, (least * scale + (width * index) / bins) / scale)),
  );
  // The ends are the numbers themselves, whatever the scale has rounded.
  edges[0] = least;
  edges[bins] = most;
  return edges;
}

/** The last bin whose lower edge is not above the number. */
function binOf(number: number, edges: readonly number[]): number {
  let low = 0;
  let high = edges.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((edges[middle] ?? 0) <= number) low = middle;
    else high = middle - 1;
  }
  return low;
}
