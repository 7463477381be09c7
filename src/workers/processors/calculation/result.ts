/**
 * What a calculation answers: one strict object per operation. No two share their keys, so the shape tells which
 * it is. Every number is finite: Zod refuses NaN and Infinity, which JSON cannot hold.
 */
import { z } from 'zod';

/** Most values that `mode` lists; all of them, when every number is different, would be the input again. */
export const modesMax = 1_000;

const kind = z.enum(['population', 'sample']);
const count = z.int().min(0);

export const calculationResultSchema = z
  .union([
    z
      .strictObject({
        sum: z.number(),
        product: z.number(),
        average: z.number(),
        min: z.number(),
        max: z.number(),
      })
      .meta({ title: 'Complex' }),
    z.strictObject({ sum: z.number() }).meta({ title: 'Sum' }),
    z.strictObject({ product: z.number() }).meta({ title: 'Product' }),
    z.strictObject({ mean: z.number() }).meta({ title: 'Mean' }),
    z.strictObject({ median: z.number() }).meta({ title: 'Median' }),
    z
      .strictObject({
        mode: z.number().describe('The most frequent number; the smallest of them when several are.'),
        count: count.describe('How often it occurs.'),
        modes: z
          .array(z.number())
          .min(1)
          .max(modesMax)
          .describe(`Every number that occurs this often, ascending; the ${modesMax} smallest at the most.`),
        modesTotal: count.describe('How many numbers occur this often.'),
      })
      .meta({ title: 'Mode' }),
    z.strictObject({ variance: z.number().min(0), mean: z.number(), kind }).meta({ title: 'Variance' }),
    z
      .strictObject({ standardDeviation: z.number().min(0), mean: z.number(), kind })
      .meta({ title: 'Standard deviation' }),
    z
      .strictObject({
        percentiles: z
          .array(z.strictObject({ percentile: z.number(), value: z.number() }))
          .describe('In the order in which they were asked.'),
      })
      .meta({ title: 'Percentiles' }),
    z
      .strictObject({
        bins: z
          .array(z.strictObject({ from: z.number(), to: z.number(), count }))
          .describe('A bin holds the numbers from `from` up to and without `to`; the last one `to` as well.'),
        count: count.describe('All numbers.'),
      })
      .meta({ title: 'Histogram' }),
    z
      .strictObject({
        slope: z.number(),
        intercept: z.number(),
        rSquared: z.number().min(0).max(1).describe('1 when every y is the same.'),
        count: count.describe('Points.'),
      })
      .meta({ title: 'Linear regression' }),
    z
      .strictObject({
        n: z.int(),
        value: z
          .union([z.int(), z.string().regex(/^[1-9][0-9]{15,}$/)])
          .describe('A number up to 2^53 - 1, that is to F(78); above, a string of all digits.'),
      })
      .meta({ title: 'Fibonacci' }),
    z
      .strictObject({
        n: z.int(),
        factors: z
          .array(z.strictObject({ prime: z.int(), exponent: z.int().min(1) }))
          .describe('Ascending; the powers multiply to n.'),
      })
      .meta({ title: 'Prime factors' }),
  ])
  .meta({
    id: 'CalculationResult',
    title: 'Calculation result',
    description: 'The answer to one operation; its keys tell which.',
  });

export type CalculationResult = z.output<typeof calculationResultSchema>;
