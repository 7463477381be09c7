import { describe, expect, it } from 'vitest';
import { isFailure } from '../../src/models/failure.js';
import calculation from '../../src/workers/processors/calculation.js';
import { calculate } from './calculation-run.js';

const biggest = Number.MAX_VALUE;

describe('calculation: a result that no double can hold fails for good', () => {
  it.each([
    ['product', { operation: 'product', numbers: [1e200, 1e200] }],
    ['product', { operation: 'product', numbers: [-1e200, 1e200, 3] }],
    ['product', { operation: 'complex', numbers: [1e200, 1e200] }],
    ['product', { operation: 'complex', numbers: Array.from({ length: 200_000 }, (_, index) => index + 1) }],
    ['sum', { operation: 'sum', numbers: [biggest, biggest] }],
    ['sum', { operation: 'sum', numbers: [-biggest, -1e300] }],
    ['sum', { operation: 'complex', numbers: [biggest, biggest] }],
    ['variance', { operation: 'variance', numbers: [1e200, -1e200] }],
    ['standard deviation', { operation: 'standard_deviation', numbers: [biggest, -biggest], kind: 'sample' }],
    ['slope', { operation: 'linear_regression', x: [0, 1e-10], y: [0, 1e300] }],
    ['intercept', { operation: 'linear_regression', x: [10, 11], y: [1e307, 1e308] }],
  ])('%s (%#)', async (name, payload) => {
    const thrown = await calculate(payload).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(isFailure(thrown)).toBe(true);
    expect(thrown).toMatchObject({
      code: 'calculation_overflow',
      retry: false,
      detail: `The ${name} is beyond ±1.7976931348623157e+308, the largest number that a result can hold.`,
    });
    expect(calculation.errors).toHaveProperty('calculation_overflow');
  });
});

describe('calculation: steps beyond the range, on the way to a result within it', () => {
  it.each([
    ['sum', { operation: 'sum', numbers: [biggest, biggest, -biggest] }, { sum: biggest }],
    ['mean', { operation: 'mean', numbers: [biggest, biggest] }, { mean: biggest }],
    ['product', { operation: 'product', numbers: [1e200, 1e200, 1e-300] }, { product: 1e100 }],
    [
      'product, small first',
      { operation: 'product', numbers: [2 ** -900, 2 ** -900, 2 ** 1000] },
      { product: 2 ** -800 },
    ],
    ['product with a zero last', { operation: 'product', numbers: [1e200, 1e200, 0] }, { product: 0 }],
    ['product that is too small', { operation: 'product', numbers: [1e-200, 1e-200] }, { product: 0 }],
    ['median', { operation: 'median', numbers: [-biggest, biggest] }, { median: 0 }],
    ['median of the largest', { operation: 'median', numbers: [biggest, biggest] }, { median: biggest }],
    [
      'variance of the smallest',
      { operation: 'variance', numbers: [1e-160, 3e-160] },
      { variance: 1e-320, mean: 2e-160, kind: 'population' },
    ],
    [
      'standard deviation',
      { operation: 'standard_deviation', numbers: [2 ** 700, -(2 ** 700)] },
      { standardDeviation: 2 ** 700, mean: 0, kind: 'population' },
    ],
    [
      'standard deviation of the smallest',
      { operation: 'standard_deviation', numbers: [2 ** -800, 3 * 2 ** -800] },
      { standardDeviation: 2 ** -800, mean: 2 ** -799, kind: 'population' },
    ],
    [
      'percentiles',
      { operation: 'percentiles', numbers: [-(2 ** 1023), 2 ** 1023], percentiles: [25] },
      { percentiles: [{ percentile: 25, value: -(2 ** 1022) }] },
    ],
    [
      'histogram',
      { operation: 'histogram', numbers: [-(2 ** 1023), 0, 2 ** 1023], bins: 2 },
      {
        bins: [
          { from: -(2 ** 1023), to: 0, count: 1 },
          { from: 0, to: 2 ** 1023, count: 2 },
        ],
        count: 3,
      },
    ],
    [
      'regression',
      { operation: 'linear_regression', x: [0, 2 ** 900], y: [2 ** 1000, 2 ** 1001] },
      { slope: 2 ** 100, intercept: 2 ** 1000, rSquared: 1, count: 2 },
    ],
  ])('%s', async (_title, payload, result) => {
    expect(await calculate(payload)).toStrictEqual(result);
  });
});
