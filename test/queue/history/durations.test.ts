import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bucketOf, quantile } from '../../../src/queue/history/durations.js';

const counted = (lengths: readonly number[]) => {
  const counts = new Map<number, number>();
  for (const ms of lengths) counts.set(bucketOf(ms), (counts.get(bucketOf(ms)) ?? 0) + 1);
  return counts;
};

it('reads any share of many lengths of time to within a tenth, and half a millisecond', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 86_400_000 }), { minLength: 1, maxLength: 200 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      (lengths, share) => {
        const exact = lengths.toSorted((a, b) => a - b)[Math.ceil(share * lengths.length - 1e-9) - 1] ?? 0;
        const read = quantile(counted(lengths), share) ?? Number.NaN;
        expect(Math.abs(read - exact)).toBeLessThanOrEqual(0.1 * exact + 0.5);
      },
    ),
  );
});

it('has nothing to say of none', () => {
  expect(quantile(new Map(), 0.5)).toBeUndefined();
});
