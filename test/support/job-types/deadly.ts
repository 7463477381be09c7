/** Kills the process that runs it, as often as it is told; the files of a folder count the starts. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineJobType, z } from 'jobwright';

export default defineJobType({
  type: 'deadly',
  title: 'Deadly',
  description: 'Ends its worker with a signal that nothing can catch.',
  payload: z.strictObject({ deaths: z.int().min(0), folder: z.string() }),
  result: z.strictObject({ starts: z.int(), pid: z.int() }),
  examples: [{ summary: 'Harmless', payload: { deaths: 0, folder: '.' } }],
  policy: { attempts: 3, backoff: { initialMs: 1, jitter: 0 } },
  run({ deaths, folder }) {
    writeFileSync(join(folder, `start-${process.pid}`), '');
    const starts = readdirSync(folder).filter((name) => name.startsWith('start-')).length;
    if (starts <= deaths) process.kill(process.pid, 'SIGKILL');
    return { starts, pid: process.pid };
  },
});
