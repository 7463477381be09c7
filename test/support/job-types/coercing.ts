/** Its schema changes what it is given: what is stored must be what was sent. */
import { defineJobType, z } from 'jobwright';

export default defineJobType({
  type: 'coercing',
  title: 'Coercing',
  description: 'Reads yes and no.',
  payload: z.strictObject({ on: z.stringbool(), times: z.int().default(1) }),
  result: z.strictObject({ on: z.boolean(), times: z.int() }),
  examples: [{ summary: 'Yes', payload: { on: 'yes' }, result: { on: true, times: 1 } }],
  run: ({ on, times }) => ({ on, times }),
});
