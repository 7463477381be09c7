import { describe, expect, it } from 'vitest';
import calculation from '../../src/workers/processors/calculation.js';
import { processorContext, type RecordedContext } from '../support/processor-context.js';
import { calculate } from './calculation-run.js';

/** The same each time, unordered, near one: a product of all of them is a double. */
const many = Array.from({ length: 200_000 }, (_, index) => 1 + (((index * 7919) % 200_003) - 100_001) / 1e9);
/**
 * Each takes up to twice as long as sorting the numbers does, on the same machine; what is quadratic takes 500
 * times as long. So a hundred times tells them apart, on a slow machine and on a busy one.
 */
const limitMs = Math.max(3_000, 100 * sortingMs());

function sortingMs(): number {
  const startedMs = performance.now();
  many.toSorted((a, b) => a - b);
  return performance.now() - startedMs;
}

const lists = [
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
].map((operation) => ({ operation, numbers: many }));

const all = [...lists, { operation: 'linear_regression', x: many, y: [...many].reverse() }];

const largestPrime = { operation: 'prime_factors', n: 9007199254740881 };
const longest = { operation: 'fibonacci', n: 100_000 };

/** Several steps, in whole percents, each once, none back, the last one the end. */
function expectRealProgress(context: RecordedContext): void {
  const percents = context.progressed.map(({ percent }) => percent);
  expect(percents.length).toBeGreaterThan(3);
  expect(percents).toStrictEqual([...new Set(percents.map(Math.floor))].toSorted((a, b) => a - b));
  expect(percents.at(-1)).toBe(100);
}

describe('calculation: 200,000 numbers', () => {
  it.each(all.map((payload) => [payload.operation, payload] as const))(
    '%s is quick, and says how far it is',
    async (_operation, payload) => {
      const context = processorContext();
      const startedMs = performance.now();
      await calculate(payload, context);
      expect(performance.now() - startedMs).toBeLessThan(limitMs);
      expectRealProgress(context);
    },
  );

  it('one million is as many as there may be', async () => {
    const numbers = Array.from({ length: 1_000_000 }, (_, index) => index);
    expect(await calculate({ operation: 'sum', numbers })).toStrictEqual({ sum: 499_999_500_000 });
    expect(await calculate({ operation: 'median', numbers })).toStrictEqual({ median: 499_999.5 });
  });
});

describe('calculation: the longest of the others', () => {
  it.each([
    ['the largest prime below 2^53', largestPrime],
    ['F(100000)', longest],
  ])('%s is quick, and says how far it is', async (_title, payload) => {
    const context = processorContext();
    const startedMs = performance.now();
    await calculate(payload, context);
    expect(performance.now() - startedMs).toBeLessThan(limitMs);
    expectRealProgress(context);
  });

  it('F(100000) has 20,899 digits, which begin and end as they should', async () => {
    const value = String((await calculate(longest)).value);
    expect(value).toHaveLength(20_899);
    expect(value.slice(0, 15)).toBe('259740693472217');
    expect(value.slice(-15)).toBe('374653428746875');
  });
});

describe('calculation: small inputs', () => {
  it('report nothing', async () => {
    for (const { payload } of calculation.examples) {
      const context = processorContext();
      await calculate(payload, context);
      expect(context.progressed).toStrictEqual([]);
    }
  });
});
