/** Takes a while, and writes what it does to a folder, each run in a file of its own: a side effect that can be counted. */

import { setTimeout as pause } from 'node:timers/promises';
import { defineJobType, z } from 'jobwright';
import { noteRun } from './support/side-effects.js';

export default defineJobType({
  type: 'ledger_entry',
  title: 'Ledger entry',
  description: 'Leaves a trace of each of its runs.',
  payload: z.strictObject({
    folder: z.string(),
    number: z.int(),
    ms: z.int().min(0),
    end: z.enum(['complete', 'fail', 'fail once', 'kill the worker']),
  }),
  result: z.strictObject({ token: z.string() }),
  errors: { as_asked: { title: 'As asked', when: 'The payload says so.' } },
  examples: [{ summary: 'Now', payload: { folder: '/tmp', number: 1, ms: 0, end: 'complete' } }],
  policy: { attempts: 3, backoff: { initialMs: 50, jitter: 0 }, timeoutMs: 60_000 },
  async run({ folder, number, ms, end }, { jobId, attempt, signal, fail, retry }) {
    const run = noteRun(folder, { jobId, attempt, number });
    if (end === 'kill the worker') process.kill(process.pid, 'SIGKILL');
    await pause(ms, undefined, { signal });
    if (end === 'fail') return fail('as_asked', 'As the payload says.');
    if (end === 'fail once' && attempt === 1) return retry('as_asked', 'As the payload says, once.');
    return { token: run.done() };
  },
});
