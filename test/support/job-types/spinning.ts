/** Keeps a thread busy, for ever if asked, and never looks at its signal. */
import { existsSync, readlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { defineJobType, z } from 'jobwright';

export default defineJobType({
  type: 'spinning',
  title: 'Spinning',
  description: 'Computes nothing, hard.',
  payload: z.strictObject({
    ms: z.number().min(0),
    deed: z.enum(['spin', 'throw', 'exit']).default('spin'),
    /** The file `thread` in here says which thread of the system spins; a file `gate` ends it. */
    folder: z.string().optional(),
  }),
  result: z.strictObject({ thread: z.int() }),
  examples: [{ summary: 'A moment', payload: { ms: 1 } }],
  policy: { attempts: 1, timeoutMs: 60_000 },
  runIn: 'thread',
  run({ ms, deed, folder }, { progress, log }) {
    log('from a thread');
    progress(10);
    if (deed === 'throw') throw new Error('a secret of the operator');
    if (deed === 'exit') process.exit(3);
    const untilMs = performance.now() + ms;
    if (folder !== undefined && existsSync('/proc/thread-self'))
      writeFileSync(join(folder, 'thread'), basename(readlinkSync('/proc/thread-self')));
    while (performance.now() < untilMs) if (folder !== undefined && existsSync(join(folder, 'gate'))) break;
    return { thread: threadId };
  },
});
