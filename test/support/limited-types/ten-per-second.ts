/** At most ten of it start within a second, whatever the number of workers. Answers when it did. */
import { defineJobType, z } from 'jobwright';

export default defineJobType({
  type: 'ten_per_second',
  title: 'Ten per second',
  description: 'Says when it started.',
  payload: z.strictObject({}),
  result: z.strictObject({ startedMs: z.number() }),
  examples: [{ summary: 'One', payload: {} }],
  policy: { rateLimit: { max: 10, durationMs: 1_000 } },
  run: () => ({ startedMs: Date.now() }),
});
