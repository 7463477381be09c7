/** Ctrl-C and its like, told apart: the first asks for a clean stop, a later one for an immediate one. */
import { constants } from 'node:os';

/**
 * npm hands a Ctrl-C on to the program, which has had it from the terminal already. What comes this soon
 * after the first, in milliseconds, is the same Ctrl-C.
 */
const sameKeystrokeMs = 400;

/**
 * @param stop Called once, with the name of the signal.
 * @param stopNow Called for a later signal, with the exit code that goes with it.
 */
export function onStopSignals(stop: (reason: string) => void, stopNow: (code: number) => void): void {
  let firstMs: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (firstMs === undefined) {
        firstMs = performance.now();
        stop(signal);
      } else if (performance.now() - firstMs > sameKeystrokeMs) stopNow(128 + constants.signals[signal]);
    });
}
