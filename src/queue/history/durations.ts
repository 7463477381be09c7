/**
 * Many lengths of time as a few counts, by order of magnitude: each doubling is four buckets, so that what is read from
 * them is within a tenth of the truth, whatever lies between a millisecond and a day.
 */
const perDoubling = 4;

/** 0 for what is below a millisecond. */
export const bucketOf = (ms: number): number => (ms < 1 ? 0 : 1 + Math.floor(Math.log2(ms) * perDoubling));

/** In the middle of a bucket. */
const msOf = (bucket: number): number => (bucket === 0 ? 0 : 2 ** ((bucket - 0.5) / perDoubling));

/**
 * Below which this share of the lengths is, in milliseconds; undefined where there are none.
 *
 * @param counts By bucket.
 */
export function quantile(counts: ReadonlyMap<number, number>, share: number): number | undefined {
  const ordered = [...counts].sort(([a], [b]) => a - b);
  const rank = share * ordered.reduce((sum, [, count]) => sum + count, 0);
  let passed = 0;
  for (const [bucket, count] of ordered) {
    passed += count;
    if (passed >= rank) return Math.round(msOf(bucket));
  }
  return undefined;
}
