/**
 * What a calculation is asked: one strict object per operation, told apart by `operation`. What the schema can
 * see is refused here, before a job exists: no numbers, a sample of one, a vertical line, an integer out of
 * bounds. What only the arithmetic can see (overflow) is the processor's.
 */
import { z } from 'zod';

/** Numbers in one list; 200,000 take milliseconds, this many a fraction of a second. */
export const numbersMax = 1_000_000;
/** F(100000) has 20,899 digits. */
export const fibonacciMax = 100_000;
export const percentilesMax = 1_000;
export const binsMax = 10_000;

const list = (least: number) =>
  z
    .array(z.number())
    .min(least, `must hold at least ${least} number${least === 1 ? '' : 's'}`)
    .max(numbersMax, `must hold at most ${numbersMax} numbers`);

const numbers = list(1).meta({
  title: 'Numbers',
  description: `1 to ${numbersMax} finite numbers. Each is read as the nearest IEEE 754 double: 9007199254740993 is 9007199254740992.`,
});

const boundedInteger = (least: number, most: number) => {
  const bounds = `must be a whole number from ${least} to ${most}`;
  // `abort`: past 2^53 it is said once, not by the integer and by its maximum.
  return z.int({ error: bounds, abort: true }).min(least, bounds).max(most, bounds);
};

const kind = z
  .enum(['population', 'sample'])
  .default('population')
  .meta({ title: 'Kind', description: '`population` divides by n, `sample` by n - 1.' });

const ofNumbers = <Name extends string>(operation: Name, title: string, description: string) =>
  z.strictObject({ operation: z.literal(operation), numbers }).meta({ title, description });

const spread = <Name extends string>(operation: Name, title: string, description: string) =>
  z
    .strictObject({ operation: z.literal(operation), numbers, kind })
    .refine((payload) => payload.kind !== 'sample' || payload.numbers.length !== 1, {
      path: ['numbers'],
      error: 'must hold at least 2 numbers when `kind` is "sample"',
    })
    .meta({ title, description });

const linearRegression = z
  .strictObject({
    operation: z.literal('linear_regression'),
    x: list(2).meta({ title: 'x', description: 'The explaining values; at least two of them differ.' }),
    y: list(2).meta({ title: 'y', description: 'The explained values, one for each of `x`.' }),
  })
  .superRefine(({ x, y }, context) => {
    if (x.length !== y.length)
      context.addIssue({
        code: 'custom',
        path: ['y'],
        message: `must hold as many numbers as \`x\`: expected ${x.length}, received ${y.length}`,
      });
    if (x.length >= 2 && x.every((value) => value === x[0]))
      context.addIssue({
        code: 'custom',
        path: ['x'],
        message: 'must hold at least 2 different numbers: a vertical line has no slope',
      });
  })
  .meta({ title: 'Linear regression', description: 'The least-squares line through the points (x, y).' });

export const calculationPayloadSchema = z
  .discriminatedUnion('operation', [
    ofNumbers('complex', 'Complex', 'Sum, product, average, smallest and largest number at once.'),
    ofNumbers('sum', 'Sum', 'Compensated sum: rounded once at the end, not at every addition.'),
    ofNumbers('product', 'Product', 'Zero if any number is zero, whatever the size of the others.'),
    ofNumbers('mean', 'Mean', 'The arithmetic mean.'),
    ofNumbers('median', 'Median', 'The middle number, or halfway between the two in the middle.'),
    ofNumbers('mode', 'Mode', 'The most frequent number; the smallest of them when several are.'),
    spread('variance', 'Variance', 'The mean squared deviation from the mean.'),
    spread('standard_deviation', 'Standard deviation', 'The square root of the variance.'),
    z
      .strictObject({
        operation: z.literal('percentiles'),
        numbers,
        percentiles: z
          .array(
            z.number().min(0, 'must be a number from 0 to 100').max(100, 'must be a number from 0 to 100'),
          )
          .min(1, 'must hold at least 1 percentile')
          .max(percentilesMax, `must hold at most ${percentilesMax} percentiles`)
          .default([25, 50, 75])
          .meta({ title: 'Percentiles', description: 'Each from 0 (smallest) to 100 (largest).' }),
      })
      .meta({
        title: 'Percentiles',
        description: 'Linear interpolation between the closest ranks (type 7).',
      }),
    z
      .strictObject({
        operation: z.literal('histogram'),
        numbers,
        bins: boundedInteger(1, binsMax).default(10).meta({
          title: 'Bins',
          description: 'Bins of equal width from the smallest to the largest number.',
        }),
      })
      .meta({ title: 'Histogram', description: 'How many numbers fall into each of several equal bins.' }),
    linearRegression,
    z
      .strictObject({
        operation: z.literal('fibonacci'),
        n: boundedInteger(0, fibonacciMax).meta({ title: 'n', description: 'F(0) = 0, F(1) = 1.' }),
      })
      .meta({ title: 'Fibonacci', description: 'The n-th Fibonacci number, in exact digits.' }),
    z
      .strictObject({
        operation: z.literal('prime_factors'),
        n: boundedInteger(2, Number.MAX_SAFE_INTEGER).meta({
          title: 'n',
          description: 'The number to take apart, up to 2^53 - 1.',
        }),
      })
      .meta({ title: 'Prime factors', description: 'The primes that multiply to n.' }),
  ])
  .meta({
    id: 'CalculationPayload',
    title: 'Calculation',
    description: 'An operation, and the numbers it works on.',
  });

export type CalculationPayload = z.output<typeof calculationPayloadSchema>;
