/** Waiting until a side has finished its jobs. It is asked rarely enough not to be kept from its work, and not for ever. */
import { setTimeout as pause } from 'node:timers/promises';
import type { OpenSide } from '../sides/side.js';

const lookEveryMs = 20;
/** Time that a job may take on top of it all, in milliseconds. */
const jobMsMax = 5;
const waitMsMax = 120_000;

export async function untilFinished(side: OpenSide, jobs: number): Promise<void> {
  const timeoutMs = waitMsMax + jobs * jobMsMax;
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const finished = await side.finished();
    if (finished >= jobs) return;
    if (performance.now() > deadlineMs)
      throw new Error(`after ${timeoutMs} ms ${finished} of ${jobs} jobs were finished`);
    await pause(lookEveryMs);
  }
}
