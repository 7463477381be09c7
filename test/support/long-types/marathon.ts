/** Of the long lane: computes for minutes in a thread, and never gives way. */
import { defineJobType, z } from 'jobwright';

export default defineJobType({
  type: 'marathon',
  title: 'Marathon',
  description: 'Computes nothing, hard, for long.',
  payload: z.strictObject({ ms: z.int().min(0) }),
  result: z.strictObject({}),
  examples: [{ summary: 'A short one', payload: { ms: 1 } }],
  policy: { lane: 'long' },
  runIn: 'thread',
  run({ ms }) {
    const untilMs = performance.now() + ms;
    while (performance.now() < untilMs);
    return {};
  },
});
