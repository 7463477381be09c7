/** Belongs to the long lane. */
import { defineJobType, z } from 'jobwright';

export default defineJobType({
  type: 'long_distance',
  title: 'Long distance',
  description: 'A job of the long lane.',
  payload: z.strictObject({}),
  result: z.strictObject({ arrived: z.boolean() }),
  examples: [{ summary: 'Arrive', payload: {}, result: { arrived: true } }],
  policy: { lane: 'long' },
  run: () => ({ arrived: true }),
});
