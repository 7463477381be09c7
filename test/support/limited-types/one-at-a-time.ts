/** Only one of it may run, whatever the number of workers. Answers how many did, in this process. */
import { setTimeout as pause } from 'node:timers/promises';
import { defineJobType, z } from 'jobwright';

let running = 0;

export default defineJobType({
  type: 'one_at_a_time',
  title: 'One at a time',
  description: 'Counts how many run at once.',
  payload: z.strictObject({}),
  result: z.strictObject({ running: z.int() }),
  examples: [{ summary: 'One', payload: {}, result: { running: 1 } }],
  policy: { concurrency: 1 },
  async run() {
    running += 1;
    try {
      await pause(20);
      return { running };
    } finally {
      running -= 1;
    }
  },
});
