/** Fails as often as it is told, with an error that can pass; then answers how often it was run. */
import { defineJobType, z } from 'jobwright';

export default defineJobType({
  type: 'flaky',
  title: 'Flaky',
  description: 'Fails a few times, then succeeds.',
  payload: z.strictObject({
    failures: z.int().min(0),
    retryAfterMs: z.int().optional(),
    how: z.enum(['retry', 'throw']).default('retry'),
  }),
  result: z.strictObject({ attempt: z.int() }),
  examples: [{ summary: 'Once', payload: { failures: 1 }, result: { attempt: 2 } }],
  policy: { attempts: 3, backoff: { initialMs: 20, jitter: 0 } },
  run({ failures, retryAfterMs, how }, { attempt, retry }) {
    if (attempt > failures) return { attempt };
    if (how === 'throw') throw new Error('a secret of the operator');
    return retry('remote_error', `Failure ${attempt}.`, retryAfterMs === undefined ? {} : { retryAfterMs });
  },
});
