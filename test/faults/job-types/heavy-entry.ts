/** The same, computed in a thread, where it keeps a core busy. */
import { defineJobType, z } from 'jobwright';
import { noteRun } from './support/side-effects.js';

export default defineJobType({
  type: 'heavy_entry',
  title: 'Heavy entry',
  description: 'Leaves a trace of each of its runs, and computes in between.',
  payload: z.strictObject({
    folder: z.string(),
    number: z.int(),
    ms: z.int().min(0),
    end: z.enum(['complete']),
  }),
  result: z.strictObject({ token: z.string() }),
  examples: [{ summary: 'Now', payload: { folder: '/tmp', number: 1, ms: 0, end: 'complete' } }],
  policy: { attempts: 3, backoff: { initialMs: 50, jitter: 0 }, timeoutMs: 60_000 },
  runIn: 'thread',
  run({ folder, number, ms }, { jobId, attempt }) {
    const run = noteRun(folder, { jobId, attempt, number });
    for (const untilMs = performance.now() + ms; performance.now() < untilMs; );
    return { token: run.done() };
  },
});
