/**
 * The sum of a few numbers, in the event loop, nothing shared and nothing cached: what a job costs beside its own work. In
 * JavaScript, so that no loader for TypeScript is in the processes that are measured.
 */
import { defineJobType, z } from 'jobwright';

export default defineJobType({
  type: 'sum',
  title: 'Sum',
  description: 'The sum of a few numbers.',
  payload: z.strictObject({ operation: z.literal('sum'), numbers: z.array(z.number()).min(1).max(1_000) }),
  result: z.strictObject({ sum: z.number() }),
  examples: [{ summary: 'Two', payload: { operation: 'sum', numbers: [1, 2] }, result: { sum: 3 } }],
  run: ({ numbers }) => ({ sum: numbers.reduce((total, number) => total + number, 0) }),
});
