/** Does nothing: what a job costs beside its own work. */
import { defineJobType, z } from 'jobwright';

export default defineJobType({
  type: 'empty',
  title: 'Empty',
  description: 'Does nothing.',
  payload: z.strictObject({ n: z.int() }),
  result: z.strictObject({}),
  examples: [{ summary: 'Nothing', payload: { n: 1 }, result: {} }],
  run: () => ({}),
});
