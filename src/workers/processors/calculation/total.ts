/**
 * Sum, mean and product: the right double wherever there is one. The sum is compensated (Neumaier). Steps that
 * leave the range of doubles on the way to a result inside it are taken again on scaled numbers; what is
 * still infinite then has really overflowed, and the caller says so.
 */
import { extent } from 'simple-statistics';
import { numbersPerShare, type OnShare, untold } from './checkpoint.js';
import { compensatedSum } from './compensated-sum.js';
import { timesPowerOfTwo } from './power-of-two.js';

/** 2^30: a million of the largest doubles, divided by it, sum to less than the largest double. */
const headroom = 30;

const sum = (numbers: readonly number[], onShare: OnShare) =>
  compensatedSum(numbers.length, (index) => numbers[index] ?? 0, onShare);

const scaledSum = (numbers: readonly number[]) =>
  compensatedSum(numbers.length, (index) => (numbers[index] ?? 0) * 2 ** -headroom, untold);

/** ±Infinity when the sum is no double. */
export function total(numbers: readonly number[], onShare = untold): number {
  const direct = sum(numbers, onShare);
  return Number.isFinite(direct) ? direct : scaledSum(numbers) * 2 ** headroom;
}

/** Always finite, and never outside the numbers: three times 0.1 is 0.1 in the mean, whatever its sum rounds to. */
export function mean(numbers: readonly number[], onShare = untold): number {
  const direct = sum(numbers, onShare) / numbers.length;
  const value = Number.isFinite(direct) ? direct : (scaledSum(numbers) / numbers.length) * 2 ** headroom;
  const [least, most] = extent(numbers);
  return Math.min(most, Math.max(least, value));
}

/** ±Infinity when the product is no double, and 0 when it is too small for one. */
export function product(numbers: readonly number[], onShare = untold): number {
  let value = 1;
  let exponent = 0;
  // Between 2^-400 and 2^400, two numbers can always be multiplied.
  const near = (number: number) => {
    const size = Math.abs(number);
    if (size > 2 ** 400) {
      exponent += 700;
      return number * 2 ** -700;
    }
    if (size < 2 ** -400) {
      exponent -= 700;
      return number * 2 ** 700;
    }
    return number;
  };
  for (const [index, number] of numbers.entries()) {
    if (index % numbersPerShare === 0) onShare(index / numbers.length);
    if (number === 0) return 0;
    value = near(value * near(number));
  }
  return timesPowerOfTwo(value, exponent);
}
