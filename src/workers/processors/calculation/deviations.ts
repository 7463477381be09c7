/**
 * Deviations from the mean, and sums of their products by the corrected two-pass algorithm (Chan, Golub and
 * LeVeque, 1983): what the rounding of the mean adds to the sum is subtracted again. So numbers that differ
 * in their last digits only, far from zero, have a variance and a slope.
 */
import { type OnShare, partOf, untold } from './checkpoint.js';
import { compensatedSum } from './compensated-sum.js';
import { scaleToOne, timesPowerOfTwo } from './power-of-two.js';
import { mean } from './total.js';

export interface Deviations {
  /** The mean and the deviations are to be multiplied by 2^exponent. */
  exponent: number;
  mean: number;
  values: Float64Array;
}

export function deviationsOf(numbers: readonly number[], onShare = untold): Deviations {
  const { values, exponent } = scaleToOne(numbers);
  // The mean of equal numbers is that number: they deviate by exactly nothing.
  const center = mean(numbers, onShare) / 2 ** exponent;
  for (let index = 0; index < values.length; index += 1) values[index] = (values[index] ?? 0) - center;
  return { exponent, mean: center, values };
}

/** Σab, as it would be if the deviations were from the exact means. */
export function sumOfProducts(a: Float64Array, b: Float64Array, onShare = untold): number {
  const third = (which: number) => partOf(onShare, which / 3, (which + 1) / 3);
  const sumA = compensatedSum(a.length, (index) => a[index] ?? 0, third(0));
  const sumB = compensatedSum(b.length, (index) => b[index] ?? 0, third(1));
  const sumAB = compensatedSum(a.length, (index) => (a[index] ?? 0) * (b[index] ?? 0), third(2));
  return sumAB - (sumA * sumB) / a.length;
}

export type Kind = 'population' | 'sample';

/** The variance may be Infinity where the standard deviation is not: [1e200, -1e200]. */
export function spread(
  numbers: readonly number[],
  kind: Kind,
  onShare: OnShare = untold,
): { variance: number; standardDeviation: number } {
  const { values, exponent } = deviationsOf(numbers, partOf(onShare, 0, 0.4));
  const divisor = kind === 'sample' ? values.length - 1 : values.length;
  const variance = Math.max(0, sumOfProducts(values, values, partOf(onShare, 0.4, 1))) / divisor;
  return {
    variance: timesPowerOfTwo(variance, 2 * exponent),
    standardDeviation: timesPowerOfTwo(Math.sqrt(variance), exponent),
  };
}
