import { describe, expect, it } from 'vitest';
import calculation from '../../src/workers/processors/calculation.js';
import { calculate } from './calculation-run.js';

/** Michelson's first run of the speed of light, 1879, less 299,000 km/s. */
const michelson = [
  850, 740, 900, 1070, 930, 850, 950, 980, 980, 880, 1000, 980, 930, 650, 760, 810, 1000, 1000, 960, 960,
];

describe('calculation: its examples', () => {
  it.each(calculation.examples.map((example) => [example.summary, example] as const))(
    '%s',
    async (_summary, example) => {
      expect(example.result).toBeDefined();
      expect(await calculate(example.payload)).toStrictEqual(example.result);
    },
  );

  it('cover every operation, complex first', () => {
    const operations = calculation.examples.map((example) => Object(example.payload).operation);
    expect(operations).toStrictEqual([
      'complex',
      'sum',
      'product',
      'mean',
      'median',
      'mode',
      'variance',
      'standard_deviation',
      'percentiles',
      'histogram',
      'linear_regression',
      'fibonacci',
      'prime_factors',
    ]);
  });
});

describe('calculation: values known from elsewhere', () => {
  it.each([
    [
      'complex of one',
      { operation: 'complex', numbers: [7] },
      { sum: 7, product: 7, average: 7, min: 7, max: 7 },
    ],
    [
      'complex of negatives and fractions',
      { operation: 'complex', numbers: [-2, 0.5, 4] },
      { sum: 2.5, product: -4, average: 2.5 / 3, min: -2, max: 4 },
    ],
    ['sum that a plain loop gets wrong', { operation: 'sum', numbers: [1, 1e100, 1, -1e100] }, { sum: 2 }],
    ['sum of ten tenths', { operation: 'sum', numbers: new Array(10).fill(0.1) }, { sum: 1 }],
    ['sum of zeros, one of them negative', { operation: 'sum', numbers: [-0] }, { sum: 0 }],
    [
      '10 factorial',
      { operation: 'product', numbers: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] },
      { product: 3628800 },
    ],
    ['product with a zero', { operation: 'product', numbers: [-3, 0] }, { product: 0 }],
    ['mean of Michelson', { operation: 'mean', numbers: michelson }, { mean: 909 }],
    ['mean that stays inside', { operation: 'mean', numbers: [0.1, 0.1, 0.1] }, { mean: 0.1 }],
    ['median of Michelson', { operation: 'median', numbers: michelson }, { median: 940 }],
    ['median, unsorted', { operation: 'median', numbers: [10, 2, 38, 23, 38, 23] }, { median: 23 }],
    ['median of one', { operation: 'median', numbers: [-4] }, { median: -4 }],
    [
      'mode of Michelson',
      { operation: 'mode', numbers: michelson },
      { mode: 980, count: 3, modes: [980, 1000], modesTotal: 2 },
    ],
    [
      'mode, all different',
      { operation: 'mode', numbers: [3, 1, 2] },
      { mode: 1, count: 1, modes: [1, 2, 3], modesTotal: 3 },
    ],
    [
      'variance, population by default',
      { operation: 'variance', numbers: [600, 470, 170, 430, 300] },
      { variance: 21704, mean: 394, kind: 'population' },
    ],
    [
      'variance of equal fractions',
      { operation: 'variance', numbers: [0.1, 0.1, 0.1], kind: 'sample' },
      { variance: 0, mean: 0.1, kind: 'sample' },
    ],
    [
      'variance, sample',
      { operation: 'variance', numbers: [600, 470, 170, 430, 300], kind: 'sample' },
      { variance: 27130, mean: 394, kind: 'sample' },
    ],
    [
      'variance of one',
      { operation: 'variance', numbers: [5] },
      { variance: 0, mean: 5, kind: 'population' },
    ],
    [
      'variance far from zero',
      { operation: 'variance', numbers: [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16], kind: 'sample' },
      { variance: 30, mean: 1e9 + 10, kind: 'sample' },
    ],
    [
      'variance around a mean that is no double',
      { operation: 'variance', numbers: [1e16, 1e16 + 2] },
      { variance: 1, mean: 1e16, kind: 'population' },
    ],
    [
      // NumPy: percentile([3, 6, 7, 8, 8, 10, 13, 15, 16, 20], [0, 25, 50, 75, 100])
      'percentiles as NumPy has them, in the order asked',
      {
        operation: 'percentiles',
        numbers: [20, 3, 16, 6, 15, 7, 13, 8, 10, 8],
        percentiles: [100, 75, 50, 25, 0],
      },
      {
        percentiles: [
          { percentile: 100, value: 20 },
          { percentile: 75, value: 14.5 },
          { percentile: 50, value: 9 },
          { percentile: 25, value: 7.25 },
          { percentile: 0, value: 3 },
        ],
      },
    ],
    [
      'a percentile whose rank is whole',
      {
        operation: 'percentiles',
        numbers: Array.from({ length: 101 }, (_, i) => i),
        percentiles: [29, 57, 58],
      },
      {
        percentiles: [
          { percentile: 29, value: 29 },
          { percentile: 57, value: 57 },
          { percentile: 58, value: 58 },
        ],
      },
    ],
    [
      'histogram of one value',
      { operation: 'histogram', numbers: [4, 4, 4], bins: 5 },
      { bins: [{ from: 4, to: 4, count: 3 }], count: 3 },
    ],
    [
      'histogram: a number on an edge is in the upper bin, the largest in the last',
      { operation: 'histogram', numbers: [0, 1, 2], bins: 2 },
      {
        bins: [
          { from: 0, to: 1, count: 1 },
          { from: 1, to: 2, count: 2 },
        ],
        count: 3,
      },
    ],
    [
      'regression on a level line',
      { operation: 'linear_regression', x: [1, 2, 3], y: [4, 4, 4] },
      { slope: 0, intercept: 4, rSquared: 1, count: 3 },
    ],
    [
      'regression on a level line of fractions',
      { operation: 'linear_regression', x: [0.1, 0.2, 0.7], y: [0.1, 0.1, 0.1] },
      { slope: 0, intercept: 0.1, rSquared: 1, count: 3 },
    ],
    ['F(0)', { operation: 'fibonacci', n: 0 }, { n: 0, value: 0 }],
    ['F(1)', { operation: 'fibonacci', n: 1 }, { n: 1, value: 1 }],
    ['F(10)', { operation: 'fibonacci', n: 10 }, { n: 10, value: 55 }],
    ['F(78), the last number', { operation: 'fibonacci', n: 78 }, { n: 78, value: 8944394323791464 }],
    ['F(79), the first string', { operation: 'fibonacci', n: 79 }, { n: 79, value: '14472334024676221' }],
    [
      'F(300)',
      { operation: 'fibonacci', n: 300 },
      { n: 300, value: '222232244629420445529739893461909967206666939096499764990979600' },
    ],
    [
      'prime factors of 2',
      { operation: 'prime_factors', n: 2 },
      { n: 2, factors: [{ prime: 2, exponent: 1 }] },
    ],
    [
      'prime factors of 2^53 - 1',
      { operation: 'prime_factors', n: Number.MAX_SAFE_INTEGER },
      {
        n: Number.MAX_SAFE_INTEGER,
        factors: [
          { prime: 6361, exponent: 1 },
          { prime: 69431, exponent: 1 },
          { prime: 20394401, exponent: 1 },
        ],
      },
    ],
    [
      'prime factors of Project Euler’s third problem',
      { operation: 'prime_factors', n: 600851475143 },
      {
        n: 600851475143,
        factors: [71, 839, 1471, 6857].map((prime) => ({ prime, exponent: 1 })),
      },
    ],
    [
      'prime factors of the square of a large prime',
      { operation: 'prime_factors', n: 94906249 ** 2 },
      { n: 9007196099250001, factors: [{ prime: 94906249, exponent: 2 }] },
    ],
    [
      'prime factors of the largest prime below 2^53',
      { operation: 'prime_factors', n: 9007199254740881 },
      { n: 9007199254740881, factors: [{ prime: 9007199254740881, exponent: 1 }] },
    ],
  ])('%s', async (_title, payload, result) => {
    expect(await calculate(payload)).toStrictEqual(result);
  });

  it('quartiles when no percentiles are named, ten bins when no number of bins is', async () => {
    expect(await calculate({ operation: 'percentiles', numbers: [1, 2, 3, 4, 5] })).toStrictEqual({
      percentiles: [
        { percentile: 25, value: 2 },
        { percentile: 50, value: 3 },
        { percentile: 75, value: 4 },
      ],
    });
    const { bins } = await calculate({ operation: 'histogram', numbers: [0, 1] });
    expect(bins).toHaveLength(10);
    expect(Object(bins)[7]).toStrictEqual({ from: 0.7, to: 0.8, count: 0 });
  });

  it("Anscombe's first quartet", async () => {
    const line = await calculate({
      operation: 'linear_regression',
      x: [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5],
      y: [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68],
    });
    expect(line.slope).toBeCloseTo(0.500090909090909, 14);
    expect(line.intercept).toBeCloseTo(3.00009090909091, 13);
    expect(line.rSquared).toBeCloseTo(0.666542459508775, 14);
  });

  it('NIST NumAcc4, sample standard deviation 0.1 around ten million', async () => {
    const numbers = [10000000.2];
    for (let pair = 0; pair < 500; pair += 1) numbers.push(10000000.1, 10000000.3);
    const { mean, standardDeviation } = await calculate({
      operation: 'standard_deviation',
      numbers,
      kind: 'sample',
    });
    expect(mean).toBeCloseTo(10000000.2, 8);
    // The tenths themselves are rounded when they become doubles: nine digits are the best there is.
    expect(standardDeviation).toBeCloseTo(0.1, 8);
  });

  it('reads 9007199254740993 as the nearest double, as documented', async () => {
    const numbers = JSON.parse('[9007199254740993]');
    expect(await calculate({ operation: 'sum', numbers })).toStrictEqual({ sum: 9007199254740992 });
  });

  it('lists a thousand modes at the most, and counts all', async () => {
    const numbers = Array.from({ length: 5000 }, (_, index) => index);
    const result = await calculate({ operation: 'mode', numbers });
    expect(result).toMatchObject({ mode: 0, count: 1, modesTotal: 5000 });
    expect(result.modes).toHaveLength(1000);
  });
});
