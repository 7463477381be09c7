/** The n-th Fibonacci number, iteratively: F(0) = 0, F(1) = 1. */
import type { Checkpoint } from './checkpoint.js';

const stepsPerCheckpoint = 10_000;

/** A number as long as every digit of it is exact, a string of digits above. */
export function fibonacci(n: number, checkpoint: Checkpoint): number | string {
  let current = 0n;
  let next = 1n;
  for (let step = 0; step < n; step += 1) {
    if (step > 0 && step % stepsPerCheckpoint === 0)
      // The digits grow with each step, and the time with the square.
      checkpoint(100 * (step / n) ** 2, `F(${step})`);
    [current, next] = [next, current + next];
  }
  return current <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(current) : current.toString();
}
