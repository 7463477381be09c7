/**
 * What stops an attempt from outside: its job is cancelled, its worker must hand back what it has, its time is over, or
 * the deadline of its job is. The first of them decides what becomes of the attempt; those that come later change
 * nothing.
 */
import { failure } from '../models/failure.js';
import type { Attempt } from '../queue/worker/job-worker.js';

/** A timer for longer would fire at once, in milliseconds. */
const timerMsMax = 2 ** 31 - 1;

export interface StopSignal {
  /** Its reason is a Failure: `cancelled`, `worker_stopped`, `attempt_timeout` or `deadline_exceeded`. */
  signal: AbortSignal;
  /** The time of the attempt counts from here. The deadline of its job is a time of day, and does not wait for it. */
  onBegin(): void;
  /** The attempt has ended: nothing stops it any more. */
  release(): void;
}

export function stopSignalOf(attempt: Attempt, nowMs: number): StopSignal {
  const controller = new AbortController();
  const { signal } = controller;
  const timers: NodeJS.Timeout[] = [];
  const stopAfter = (ms: number, ...[code, detail]: Parameters<typeof failure>) => {
    if (ms <= timerMsMax) timers.push(setTimeout(() => controller.abort(failure(code, detail)), ms));
  };
  const cancel = () => controller.abort(failure('cancelled', 'The job was cancelled while it ran.'));
  const handBack = () =>
    controller.abort(failure('worker_stopped', 'The worker shut down before the attempt ended.'));

  const { cancel: cancelled, signal: stopping, deadlineMs, timeoutMs } = attempt;
  cancelled?.addEventListener('abort', cancel, { once: true });
  stopping.addEventListener('abort', handBack, { once: true });
  if (cancelled?.aborted) cancel();
  if (stopping.aborted) handBack();
  if (deadlineMs !== undefined) {
    const detail = `The job had not completed by its deadline, ${new Date(deadlineMs).toISOString()}.`;
    if (deadlineMs <= nowMs) controller.abort(failure('deadline_exceeded', detail));
    else stopAfter(deadlineMs - nowMs, 'deadline_exceeded', detail);
  }
  return {
    signal,
    onBegin() {
      if (signal.aborted) return;
      stopAfter(timeoutMs, 'attempt_timeout', `The attempt ran longer than ${timeoutMs} ms.`);
    },
    release() {
      for (const timer of timers) clearTimeout(timer);
      cancelled?.removeEventListener('abort', cancel);
      stopping.removeEventListener('abort', handBack);
    },
  };
}
