/** Ordinary least squares of y on x. Not simple-statistics': its sums are not compensated, and overflow. */
import { deviationsOf, sumOfProducts } from './deviations.js';
import { timesPowerOfTwo } from './power-of-two.js';

export interface Line {
  slope: number;
  intercept: number;
  rSquared: number;
}

/** `x` must hold two different numbers. Slope and intercept are not finite when they are no doubles. */
export function linearRegression(x: readonly number[], y: readonly number[]): Line {
  const dx = deviationsOf(x);
  const dy = deviationsOf(y);
  const xx = sumOfProducts(dx.values, dx.values);
  const xy = sumOfProducts(dx.values, dy.values);
  const yy = sumOfProducts(dy.values, dy.values);
  const slope = xy / xx;
  return {
    slope: timesPowerOfTwo(slope, dy.exponent - dx.exponent),
    intercept: timesPowerOfTwo(dy.mean - slope * dx.mean, dy.exponent),
    // A level line goes through all of its points.
    rSquared: yy > 0 ? Math.min(1, (xy / xx) * (xy / yy)) : 1,
  };
}
