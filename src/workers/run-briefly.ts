/**
 * An attempt that is over within one turn of the event loop, as its type says of its payload. It skips what could only
 * happen during a longer one, and comes to the same outcome:
 *
 * - the signal that stops it, and the timers behind that: nothing else runs in this process before it has ended, so
 *   neither a cancellation nor a timeout would be heard,
 * - the thread of a type that runs in threads: it would wait for the result longer than the computation takes.
 *
 * One that is to be stopped before it begins is none of these, and goes the long way.
 */
import type { JobType } from '../models/job-type.js';
import type { Attempt } from '../queue/worker/job-worker.js';

/** Never fires. */
export const neverStopped: AbortSignal = new AbortController().signal;

/** Whether it may be run so. Never throws. */
export const isBrief = (definition: JobType, attempt: Attempt): boolean =>
  !attempt.signal.aborted && attempt.deadlineMs === undefined && isBriefJob(definition, attempt);

/** The same before there is an attempt. */
export function isBriefJob(
  definition: JobType,
  { version, payload }: Pick<Attempt, 'version' | 'payload'>,
): boolean {
  // One that is to be upgraded first could be anything.
  if (definition.isBrief === undefined || version !== definition.version) return false;
  try {
    return definition.isBrief(payload);
  } catch {
    // Another tool stored it: parsing says what is wrong.
    return false;
  }
}
