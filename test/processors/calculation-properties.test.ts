import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linearRegression } from '../../src/workers/processors/calculation/linear-regression.js';
import { calculate } from './calculation-run.js';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const numbers = fc.array(finite, { minLength: 1, maxLength: 50 });
const wholes = fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: 2, maxLength: 50 });

const holds = <Value>(arbitrary: fc.Arbitrary<Value>, property: (value: Value) => Promise<void>) =>
  fc.assert(fc.asyncProperty(arbitrary, property), { numRuns: 300 });

/** A double as an integer times 2^-1074, which every finite double is. */
function exact(number: number): bigint {
  const bits = new BigUint64Array(Float64Array.of(number).buffer)[0] ?? 0n;
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & 0xfffffffffffffn;
  const size = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
  return bits >> 63n === 1n ? -size : size;
}

/** How far apart two numbers are, in units of the second. */
const relative = (actual: unknown, expected: number) =>
  Math.abs(Number(actual) - expected) / Math.max(Math.abs(expected), Number.MIN_VALUE);

describe('calculation: what holds for all numbers', () => {
  it('a sum is within one unit in the last place of the exact one, or of the largest number’s 106th bit', () =>
    holds(fc.array(fc.double({ min: -1e150, max: 1e150, noNaN: true }), { minLength: 1 }), async (list) => {
      const { sum } = await calculate({ operation: 'sum', numbers: list });
      const truth = list.reduce((all, number) => all + exact(number), 0n);
      const sizes = list.reduce((all, number) => all + exact(Math.abs(number)), 0n);
      const error = exact(Number(sum)) - truth;
      const bound = (abs(truth) >> 52n) + ((sizes * BigInt(list.length ** 2)) >> 105n) + 1n;
      expect(abs(error) <= bound).toBe(true);
    }));

  it('the mean and the median lie between the smallest and the largest', () =>
    holds(numbers, async (list) => {
      for (const operation of ['mean', 'median']) {
        const value = Number((await calculate({ operation, numbers: list }))[operation]);
        expect(value).toBeGreaterThanOrEqual(Math.min(...list));
        expect(value).toBeLessThanOrEqual(Math.max(...list));
      }
    }));

  it('a product of small integers is exact, in any order', () =>
    holds(fc.array(fc.integer({ min: -7, max: 7 }), { minLength: 1, maxLength: 18 }), async (list) => {
      const truth = Number(list.reduce((all, number) => all * BigInt(number), 1n));
      expect(await calculate({ operation: 'product', numbers: list })).toStrictEqual({ product: truth });
    }));

  it('the variance of integers agrees with exact arithmetic', () =>
    holds(fc.tuple(wholes, fc.constantFrom('population', 'sample')), async ([list, kind]) => {
      const { variance } = await calculate({ operation: 'variance', numbers: list, kind });
      const n = BigInt(list.length);
      const sum = list.reduce((all, number) => all + BigInt(number), 0n);
      const squares = list.reduce((all, number) => all + BigInt(number) ** 2n, 0n);
      const truth = Number(n * squares - sum ** 2n) / Number(n * (kind === 'sample' ? n - 1n : n));
      expect(relative(variance, truth)).toBeLessThan(1e-14);
    }));

  it('the variance does not change when all numbers move', () =>
    holds(fc.tuple(wholes, fc.integer({ min: -(2 ** 50), max: 2 ** 50 })), async ([list, shift]) => {
      const { variance } = await calculate({ operation: 'variance', numbers: list });
      const moved = await calculate({ operation: 'variance', numbers: list.map((number) => number + shift) });
      expect(relative(moved.variance, Number(variance))).toBeLessThan(1e-13);
    }));

  it('percentiles never fall, begin at the smallest, end at the largest, and have the median in the middle', () =>
    holds(
      fc.tuple(numbers, fc.array(fc.double({ min: 0, max: 100, noNaN: true }))),
      async ([list, between]) => {
        const asked = [0, 50, 100, ...between].sort((a, b) => a - b);
        const result = await calculate({ operation: 'percentiles', numbers: list, percentiles: asked });
        const found = result.percentiles as { percentile: number; value: number }[];
        const values = found.map(({ value }) => value);
        for (const [index, value] of values.entries())
          expect(value).toBeGreaterThanOrEqual(values[index - 1] ?? value);
        expect(values.at(0)).toBe(Math.min(...list) + 0);
        expect(values.at(-1)).toBe(Math.max(...list) + 0);
        const { median } = await calculate({ operation: 'median', numbers: list });
        expect(found.find(({ percentile }) => percentile === 50)?.value).toBe(median);
      },
    ));

  it('the modes are exactly the numbers that are most frequent', () =>
    holds(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1 }), async (list) => {
      const counts = new Map<number, number>();
      for (const number of list) counts.set(number, (counts.get(number) ?? 0) + 1);
      const count = Math.max(...counts.values());
      const modes = [...counts.keys()].filter((key) => counts.get(key) === count).sort();
      expect(await calculate({ operation: 'mode', numbers: list })).toStrictEqual({
        mode: modes[0],
        count,
        modes,
        modesTotal: modes.length,
      });
    }));

  it('the bins of a histogram touch, cover all numbers, and hold what lies within their edges', () =>
    holds(fc.tuple(numbers, fc.integer({ min: 1, max: 40 })), async ([list, asked]) => {
      const result = await calculate({ operation: 'histogram', numbers: list, bins: asked });
      const bins = result.bins as { from: number; to: number; count: number }[];
      expect(bins.at(0)?.from).toBe(Math.min(...list) + 0);
      expect(bins.at(-1)?.to).toBe(Math.max(...list) + 0);
      expect(bins).toHaveLength(new Set(list.map((number) => number + 0)).size === 1 ? 1 : asked);
      for (const [index, { from, to, count }] of bins.entries()) {
        const last = index === bins.length - 1;
        expect(from).toBe(bins[index - 1]?.to ?? from);
        expect(to).toBeGreaterThanOrEqual(from);
        const within = list.filter((number) => number >= from && (last ? number <= to : number < to));
        expect(count).toBe(within.length);
      }
      expect(bins.reduce((all, { count }) => all + count, 0)).toBe(list.length);
    }));

  it('a result that lies among the numbers, or within their range, never overflows', () =>
    holds(numbers, async (list) => {
      for (const operation of ['mean', 'median', 'mode', 'standard_deviation', 'percentiles', 'histogram'])
        await expect(calculate({ operation, numbers: list })).resolves.toBeDefined();
    }));

  it('a line is never undefined, whatever the points', () =>
    holds(fc.array(fc.tuple(finite, finite), { minLength: 2, maxLength: 20 }), async (points) => {
      const x = points.map(([value]) => value);
      fc.pre(x.some((value) => value !== x[0]));
      const { slope, intercept, rSquared } = linearRegression(
        x,
        points.map(([, value]) => value),
      );
      expect([slope, intercept]).not.toContain(Number.NaN);
      expect(rSquared).toBeGreaterThanOrEqual(0);
      expect(rSquared).toBeLessThanOrEqual(1);
    }));

  it('a line is found again from points on it', () =>
    holds(
      fc.record({
        x: fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 30 }),
        slope: fc.integer({ min: 1, max: 1000 }),
        intercept: fc.integer({ min: -1000, max: 1000 }),
      }),
      async ({ x, slope, intercept }) => {
        const y = x.map((value) => slope * value + intercept);
        const line = await calculate({ operation: 'linear_regression', x, y });
        expect(line.slope).toBeCloseTo(slope, 9);
        expect(line.intercept).toBeCloseTo(intercept, 7);
        expect(line.rSquared).toBeCloseTo(1, 12);
      },
    ));

  it('a Fibonacci number is the sum of the two before it', () =>
    holds(fc.integer({ min: 2, max: 2000 }), async (n) => {
      const at = async (index: number) =>
        BigInt(String((await calculate({ operation: 'fibonacci', n: index })).value));
      expect(await at(n)).toBe((await at(n - 1)) + (await at(n - 2)));
    }));

  it('prime factors are prime, ascend, and multiply to the number', () =>
    holds(fc.integer({ min: 2, max: 2 ** 40 }), async (n) => {
      const result = await calculate({ operation: 'prime_factors', n });
      const factors = result.factors as { prime: number; exponent: number }[];
      let product = 1n;
      let before = 1;
      for (const { prime, exponent } of factors) {
        expect(prime).toBeGreaterThan(before);
        for (let divisor = 2; divisor * divisor <= prime; divisor += 1)
          if (prime % divisor === 0) throw new Error(`${prime} is divisible by ${divisor}`);
        product *= BigInt(prime) ** BigInt(exponent);
        before = prime;
      }
      expect(product).toBe(BigInt(n));
    }));
});

const abs = (value: bigint) => (value < 0n ? -value : value);
