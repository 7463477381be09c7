/** Waiting until a side has finished its jobs. It is asked rarely enough not to be kept from its work, and not for ever. */
import { setTimeout as pause } from 'node:timers/promises';
import type { OpenSide } from '../sides/side.js';

const lookEveryMs = 20;
const waitMsMax = 120_000;

export async function untilFinished(side: OpenSide, jobs: number): Promise<void> {
  const deadlineMs = performance.now() + waitMsMax;
  for (;;) {
    const finished = await side.finished();
    if (finished >= jobs) return;
    if (performance.now() > deadlineMs)
      throw new Error(`after ${waitMsMax} ms ${finished} of ${jobs} jobs were finished`);
    await pause(lookEveryMs);
  }
}
