/**
 * The job type `calculation`: arithmetic, statistics and number theory on the numbers of its payload.
 * The contract is `calculation/payload.ts` and `calculation/result.ts`; the formulas, conventions and limits are
 * written down in `docs/calculation.md`. The arithmetic is loaded when it is first needed.
 */
import { ownJobType } from '../../models/job-type.js';
import { isBrief } from './calculation/is-brief.js';
import { calculationPayloadSchema } from './calculation/payload.js';
import { calculationResultSchema } from './calculation/result.js';

/** Asking for a module again takes longer than a small calculation. */
let arithmetic: Promise<typeof import('./calculation/calculate.js')> | undefined;

export default ownJobType({
  type: 'calculation',
  title: 'Calculation',
  description:
    'Sums, averages, spread, percentiles, histograms and regression of up to a million numbers; Fibonacci ' +
    'numbers and prime factors in exact digits. Results are IEEE 754 doubles; one that is too large ' +
    'for a double fails the job.',
  payload: calculationPayloadSchema,
  result: calculationResultSchema,
  errors: {
    calculation_overflow: {
      title: 'The result is too large',
      when: 'A value of the result is beyond ±1.7976931348623157e308, the range of a double; the detail says which.',
    },
  },
  // The same numbers have the same sum: who asks again within an hour need not wait.
  policy: { lane: 'short', attempts: 3, timeoutMs: 30_000, join: true, cacheMs: 3_600_000 },
  runIn: 'thread',
  isBrief,
  examples: [
    {
      summary: 'Sum, product, average, smallest and largest at once',
      payload: { operation: 'complex', numbers: [1, 2, 3, 4, 5] },
      result: { sum: 15, product: 120, average: 3, min: 1, max: 5 },
    },
    {
      summary: 'A sum is rounded once: 0.1 and 0.2 are not exactly what they look like, nor is their sum',
      payload: { operation: 'sum', numbers: [0.1, 0.2] },
      result: { sum: 0.30000000000000004 },
    },
    {
      summary: 'The product of five numbers',
      payload: { operation: 'product', numbers: [1, 2, 3, 4, 5] },
      result: { product: 120 },
    },
    {
      summary: 'The arithmetic mean',
      payload: { operation: 'mean', numbers: [2, 4, 4, 4, 5, 5, 7, 9] },
      result: { mean: 5 },
    },
    {
      summary: 'The median of an even count lies between the two in the middle',
      payload: { operation: 'median', numbers: [7, 1, 3, 4] },
      result: { median: 3.5 },
    },
    {
      summary: 'Two numbers are equally frequent',
      payload: { operation: 'mode', numbers: [1, 2, 2, 3, 3, 4] },
      result: { mode: 2, count: 2, modes: [2, 3], modesTotal: 2 },
    },
    {
      summary: 'The variance of a sample divides by n - 1',
      payload: { operation: 'variance', numbers: [4, 7, 13, 16], kind: 'sample' },
      result: { variance: 30, mean: 10, kind: 'sample' },
    },
    {
      summary: 'The standard deviation of a population',
      payload: { operation: 'standard_deviation', numbers: [2, 4, 4, 4, 5, 5, 7, 9] },
      result: { standardDeviation: 2, mean: 5, kind: 'population' },
    },
    {
      summary: 'The median and the 90th percentile',
      payload: { operation: 'percentiles', numbers: [15, 20, 35, 40, 50], percentiles: [50, 90] },
      result: {
        percentiles: [
          { percentile: 50, value: 35 },
          { percentile: 90, value: 46 },
        ],
      },
    },
    {
      summary: 'Three bins of equal width',
      payload: { operation: 'histogram', numbers: [1, 2, 2, 3, 5, 6, 7], bins: 3 },
      result: {
        bins: [
          { from: 1, to: 3, count: 3 },
          { from: 3, to: 5, count: 1 },
          { from: 5, to: 7, count: 3 },
        ],
        count: 7,
      },
    },
    {
      summary: 'The line y = 2x + 1',
      payload: { operation: 'linear_regression', x: [0, 1, 2, 3], y: [1, 3, 5, 7] },
      result: { slope: 2, intercept: 1, rSquared: 1, count: 4 },
    },
    {
      summary: 'Every digit of F(100)',
      payload: { operation: 'fibonacci', n: 100 },
      result: { n: 100, value: '354224848179261915075' },
    },
    {
      summary: '360 is 2³ × 3² × 5',
      payload: { operation: 'prime_factors', n: 360 },
      result: {
        n: 360,
        factors: [
          { prime: 2, exponent: 3 },
          { prime: 3, exponent: 2 },
          { prime: 5, exponent: 1 },
        ],
      },
    },
  ],
  // The contract is all that the API needs; it never runs this.
  run: async (payload, context) => {
    arithmetic ??= import('./calculation/calculate.js');
    const { calculate } = await arithmetic;
    return calculate(payload, context);
  },
});
