/** Ordinary least squares of y on x. Not simple-statistics': its sums are not compensated, and overflow. */
import { partOf, untold } from './checkpoint.js';
import { deviationsOf, sumOfProducts } from './deviations.js';
import { timesPowerOfTwo } from './power-of-two.js';

export interface Line {
  slope: number;
  intercept: number;
  rSquared: number;
}

/** `x` must hold two different numbers. Slope and intercept are not finite when they are no doubles. */
export function linearRegression(x: readonly number[], y: readonly number[], onShare = untold): Line {
  const fifth = (which: number) => partOf(onShare, which / 5, (which + 1) / 5);
  const dx = deviationsOf(x, fifth(0));
  const dy = deviationsOf(y, fifth(1));
  const xx = sumOfProducts(dx.values, dx.values, fifth(2));
  const xy = sumOfProducts(dx.values, dy.values, fifth(3));
  const yy = sumOfProducts(dy.values, dy.values, fifth(4));
  const slope = xy / xx;
  return {
    slope: timesPowerOfTwo(slope, dy.exponent - dx.exponent),
    intercept: timesPowerOfTwo(dy.mean - slope * dx.mean, dy.exponent),
    // A level line goes through all of its points.
    rSquared: yy > 0 ? Math.min(1, (xy / xx) * (xy / yy)) : 1,
  };
}
