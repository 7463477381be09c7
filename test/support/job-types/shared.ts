/** Does the same work once: a job that is identical to another joins it, or is served its result. */
import { defineJobType, z } from 'jobwright';

export default defineJobType({
  type: 'shared',
  title: 'Shared',
  description: 'Answers its number, once.',
  payload: z.strictObject({ n: z.int() }),
  result: z.strictObject({ n: z.int() }),
  examples: [{ summary: 'One', payload: { n: 1 }, result: { n: 1 } }],
  policy: { attempts: 1, join: true, cacheMs: 60_000 },
  run({ n }) {
    if (n < 0) throw new Error('below zero');
    return { n };
  },
});
