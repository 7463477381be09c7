/** Stands for the platform's own work: clients can read its jobs, and not post any. */
import { defineJobType, z } from 'jobwright';

export default defineJobType({
  type: 'internal_only',
  title: 'Internal',
  description: 'Does nothing, and not for clients.',
  internal: true,
  payload: z.strictObject({}),
  result: z.strictObject({}),
  examples: [{ summary: 'Nothing', payload: {} }],
  run: () => ({}),
});
