/**
 * Ctrl-C and its like, counted: the first asks for a clean stop, the second to give up what is unfinished and stop
 * cleanly at once, a third to end whatever is left.
 */
import { constants } from 'node:os';

/**
 * npm hands a Ctrl-C on to the program, which has had it from the terminal already. What comes this soon
 * after another, in milliseconds, is the same Ctrl-C.
 */
const sameKeystrokeMs = 400;

export interface StopSteps {
  /** For the first signal, with its name. */
  stop(reason: string): void;
  /** For the second. */
  hurry(): void;
  /** For each after that, with the exit code that goes with it. */
  stopNow(code: number): void;
}

export function onStopSignals({ stop, hurry, stopNow }: StopSteps): void {
  let count = 0;
  let countedMs = Number.NEGATIVE_INFINITY;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (performance.now() - countedMs <= sameKeystrokeMs) return;
      countedMs = performance.now();
      count += 1;
      if (count === 1) stop(signal);
      else if (count === 2) hurry();
      else stopNow(128 + constants.signals[signal]);
    });
}
