/**
 * From a payload to its result: which operation, with which checkpoints, and what has overflowed. The operations
 * themselves are pure and beside this file. Loaded when the first job runs, and simple-statistics with it.
 */
import { extent } from 'simple-statistics';
import { type Checkpoint, checkpointOf, noCheckpoint, passOf } from './checkpoint.js';
import { spread } from './deviations.js';
import { fibonacci } from './fibonacci.js';
import { histogram } from './histogram.js';
import { linearRegression } from './linear-regression.js';
import { median, mode, percentile, sorted } from './order.js';
import type { CalculationPayload } from './payload.js';
import { primeFactors } from './prime-factors.js';
import { type CalculationResult, modesMax } from './result.js';
import { mean, product, total } from './total.js';

/** The part of a processor's context that a calculation uses. */
export interface CalculationContext {
  progress(percent: number, message?: string): void;
  fail(code: 'calculation_overflow', detail: string): never;
}

/** Fewer numbers are done within milliseconds. */
const manyNumbers = 100_000;

/**
 * One that has reported progress ends at 100.
 *
 * @throws Failure `calculation_overflow`
 */
export function calculate(payload: CalculationPayload, context: CalculationContext): CalculationResult {
  if (!isLong(payload)) return resultOf(payload, context, noCheckpoint);
  const report = checkpointOf(context);
  let hasReported = false;
  const result = resultOf(payload, context, (percent, message) => {
    hasReported = true;
    report(percent, message);
  });
  if (hasReported) report(100);
  return result;
}

function resultOf(
  payload: CalculationPayload,
  context: CalculationContext,
  checkpoint: Checkpoint,
): CalculationResult {
  /** JSON has no infinities, and no negative zero that a reader could tell from zero. */
  const finite = (name: string, value: number): number =>
    Number.isFinite(value)
      ? value + 0
      : context.fail(
          'calculation_overflow',
          `The ${name} is beyond ±${Number.MAX_VALUE}, the largest number that a result can hold.`,
        );
  const pass = (message: string, from?: number, to?: number) => passOf(checkpoint, message, from, to);

  switch (payload.operation) {
    case 'complex': {
      const { numbers } = payload;
      const sum = finite('sum', total(numbers, pass('sum', 0, 30)));
      const all = finite('product', product(numbers, pass('product', 30, 60)));
      const average = finite('average', mean(numbers, pass('average, min, max', 60)));
      const [min, max] = extent(numbers);
      return { sum, product: all, average, min: finite('min', min), max: finite('max', max) };
    }
    case 'sum':
      return { sum: finite('sum', total(payload.numbers, pass('sum'))) };
    case 'product':
      return { product: finite('product', product(payload.numbers, pass('product'))) };
    case 'mean':
      return { mean: finite('mean', mean(payload.numbers, pass('mean'))) };
    case 'median':
      return { median: finite('median', median(inOrder(payload.numbers, checkpoint))) };
    case 'mode': {
      const found = mode(inOrder(payload.numbers, checkpoint), modesMax);
      return { ...found, mode: finite('mode', found.mode), modes: found.modes.map((value) => value + 0) };
    }
    case 'variance':
    case 'standard_deviation': {
      const { numbers, kind } = payload;
      const center = finite('mean', mean(numbers, pass('mean', 0, 20)));
      const { variance, standardDeviation } = spread(numbers, kind, pass('deviations', 20));
      return payload.operation === 'variance'
        ? { variance: finite('variance', variance), mean: center, kind }
        : {
            standardDeviation: finite('standard deviation', standardDeviation),
            mean: center,
            kind,
          };
    }
    case 'percentiles': {
      const ascending = inOrder(payload.numbers, checkpoint);
      return {
        percentiles: payload.percentiles.map((percent) => ({
          percentile: percent + 0,
          value: finite(`percentile ${percent}`, percentile(ascending, percent)),
        })),
      };
    }
    case 'histogram': {
      const bins = histogram(payload.numbers, payload.bins, pass('bins')).map(({ from, to, count }) => ({
        from: finite('edge of a bin', from),
        to: finite('edge of a bin', to),
        count,
      }));
      return { bins, count: payload.numbers.length };
    }
    case 'linear_regression': {
      const line = linearRegression(payload.x, payload.y, pass('line'));
      return {
        slope: finite('slope', line.slope),
        intercept: finite('intercept', line.intercept),
        rSquared: finite('coefficient of determination', line.rSquared),
        count: payload.x.length,
      };
    }
    case 'fibonacci':
      return { n: payload.n + 0, value: fibonacci(payload.n, checkpoint) };
    case 'prime_factors':
      return { n: payload.n, factors: primeFactors(payload.n, checkpoint) };
  }
}

function isLong(payload: CalculationPayload): boolean {
  if ('n' in payload) return true; // they reach their first checkpoint only when they are
  return ('numbers' in payload ? payload.numbers : payload.x).length >= manyNumbers;
}

function inOrder(numbers: readonly number[], checkpoint: Checkpoint) {
  const ascending = sorted(numbers, passOf(checkpoint, 'sort', 0, 20));
  checkpoint(80, 'read');
  return ascending;
}
