/** Of the long lane: waits for minutes in the event loop. */
import { setTimeout as pause } from 'node:timers/promises';
import { defineJobType, z } from 'jobwright';

export default defineJobType({
  type: 'vigil',
  title: 'Vigil',
  description: 'Waits.',
  payload: z.strictObject({ ms: z.int().min(0) }),
  result: z.strictObject({}),
  examples: [{ summary: 'A short one', payload: { ms: 1 } }],
  policy: { lane: 'long' },
  async run({ ms }, { signal }) {
    await pause(ms, undefined, { signal });
    return {};
  },
});
