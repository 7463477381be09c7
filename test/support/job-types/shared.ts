/** Work that need not be done twice. Counts its runs in a folder, and waits at a gate or fails as it is told. */
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { defineJobType, z } from 'jobwright';

export default defineJobType({
  type: 'shared',
  title: 'Shared',
  description: 'Done once for all who ask.',
  payload: z.strictObject({
    folder: z.string(),
    waits: z.boolean().optional(),
    fails: z.boolean().optional(),
    value: z.unknown().optional(),
    file: z.string().optional(),
  }),
  result: z.strictObject({ jobId: z.string() }),
  errors: { as_asked: { title: 'As asked', when: 'The payload says so.' } },
  examples: [{ summary: 'Now', payload: { folder: '/tmp' } }],
  policy: { join: true, cacheMs: 60_000 },
  async run({ folder, waits, fails }, { jobId, signal, fail }) {
    if (existsSync(join(folder, 'count'))) appendFileSync(join(folder, 'runs'), `${jobId}\n`);
    while (waits && !existsSync(join(folder, 'gate'))) await pause(5, undefined, { signal });
    if (fails && !existsSync(join(folder, 'works'))) return fail('as_asked', 'As the payload says.');
    return { jobId };
  },
});
