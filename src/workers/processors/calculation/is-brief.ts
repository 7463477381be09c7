/**
 * Which calculations are over sooner than they would be on their way into a thread and back, which takes about a third
 * of a millisecond. It bounds what is read, what is computed and what comes out: each is parsed as well.
 */
import type { z } from 'zod';
import type { calculationPayloadSchema } from './payload.js';

/** Numbers in one list, percentiles, bins. */
const itemsMax = 256;
/** F(256) has 53 digits. */
const fibonacciMax = 256;
/** At most 500 divisions. */
const factorsMax = 1_000_000;

export function isBrief(payload: z.input<typeof calculationPayloadSchema>): boolean {
  switch (payload.operation) {
    case 'fibonacci':
      return payload.n <= fibonacciMax;
    case 'prime_factors':
      return payload.n <= factorsMax;
    case 'linear_regression':
      return payload.x.length <= itemsMax && payload.y.length <= itemsMax;
    case 'percentiles':
      return payload.numbers.length <= itemsMax && (payload.percentiles?.length ?? 0) <= itemsMax;
    case 'histogram':
      return payload.numbers.length <= itemsMax && (payload.bins ?? 0) <= itemsMax;
    default:
      return payload.numbers.length <= itemsMax;
  }
}
