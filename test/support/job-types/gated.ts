/** Writes a file to say that it has begun, and ends once a file is there that says it may. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { defineJobType, z } from 'jobwright';

export default defineJobType({
  type: 'gated',
  title: 'Gated',
  description: 'Begins, and waits at a gate.',
  payload: z.strictObject({ folder: z.string() }),
  result: z.strictObject({ pid: z.int() }),
  examples: [{ summary: 'Wait', payload: { folder: '.' } }],
  policy: { attempts: 2, backoff: { initialMs: 1, jitter: 0 }, timeoutMs: 60_000 },
  async run({ folder }, { signal }) {
    writeFileSync(join(folder, `begun-${process.pid}`), '');
    while (!existsSync(join(folder, 'gate'))) await pause(5, undefined, { signal });
    writeFileSync(join(folder, `ended-${process.pid}`), '');
    return { pid: process.pid };
  },
});
