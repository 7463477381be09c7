/**
 * What needs the numbers in order: median, percentiles, mode. Not simple-statistics': its interpolation overflows
 * between far ends and takes ranks such as 0.29 × 100 for fractions, and its mode knows no ties.
 */
import { numbersPerShare, untold } from './checkpoint.js';

/** A typed array: it sorts by value, without a comparison function, several times as fast as an array. */
export type Sorted = Float64Array;

/** Tells of the copy, not of the sorting, which is one call. */
export function sorted(numbers: readonly number[], onShare = untold): Sorted {
  const copy = new Float64Array(numbers.length);
  for (const [index, number] of numbers.entries()) {
    if (index % numbersPerShare === 0) onShare(index / numbers.length);
    copy[index] = number;
  }
  onShare(1);
  return copy.sort();
}

export const median = (ascending: Sorted): number => percentile(ascending, 50);

/** Type 7 of Hyndman and Fan (1996): rank p(n - 1)/100, linear in between. As NumPy and R do by default. */
export function percentile(ascending: Sorted, percent: number): number {
  // Multiplied first: 29 % of 100 is 29, where 0.29 × 100 is not.
  const rank = (percent * (ascending.length - 1)) / 100;
  const below = Math.floor(rank);
  const lower = ascending[below] ?? 0;
  return between(lower, ascending[below + 1] ?? lower, rank - below);
}

/** Never outside its ends, exactly the middle at one half, and never falling as the share grows. */
function between(lower: number, upper: number, share: number): number {
  // Halves of both, for a distance that is no double.
  const distance = upper - lower;
  if (!Number.isFinite(distance)) return 2 * between(lower / 2, upper / 2, share);
  const sum = lower + upper;
  const middle = Number.isFinite(sum) ? sum / 2 : lower / 2 + upper / 2;
  if (share < 0.5) return Math.min(middle, lower + share * distance);
  if (share > 0.5) return Math.max(middle, upper - (1 - share) * distance);
  return middle;
}

export interface Mode {
  mode: number;
  count: number;
  modes: number[];
  modesTotal: number;
}

/** Lists at most `modesMax` of the modes, the smallest ones, and counts all. */
export function mode(ascending: Sorted, modesMax: number): Mode {
  let modes: number[] = [];
  let modesTotal = 0;
  let count = 0;
  for (let start = 0; start < ascending.length; ) {
    const value = ascending[start] ?? 0;
    let end = start + 1;
    while (ascending[end] === value) end += 1;
    if (end - start > count) {
      modes = [];
      modesTotal = 0;
      count = end - start;
    }
    if (end - start === count) {
      modesTotal += 1;
      if (modes.length < modesMax) modes.push(value);
    }
    start = end;
  }
  return { mode: modes[0] ?? 0, count, modes, modesTotal };
}
