/**
 * Prime factors by trial division, by 2, 3, 5 and what is left of every 30 numbers. The worst case is bounded: a
 * prime just below 2^53 takes the 25 million candidates up to its square root, an eighth of a second.
 */
import type { Checkpoint } from './checkpoint.js';

export interface PrimePower {
  prime: number;
  exponent: number;
}

const candidatesPerCheckpoint = 2 ** 21;
/** From 7 on, the steps between numbers that 2, 3 and 5 do not divide. */
const wheel = [4, 2, 4, 2, 4, 6, 2, 6] as const;

/** `n` is an integer from 2 to 2^53 - 1. */
export function primeFactors(n: number, checkpoint: Checkpoint): PrimePower[] {
  const factors: PrimePower[] = [];
  let rest = n;
  const divideBy = (prime: number) => {
    let exponent = 0;
    // Several times as fast as `%`, and as exact: all three are integers below 2^53.
    for (let quotient = Math.floor(rest / prime); quotient * prime === rest; exponent += 1) {
      rest = quotient;
      quotient = Math.floor(rest / prime);
    }
    if (exponent > 0) factors.push({ prime, exponent });
  };
  for (const prime of [2, 3, 5]) divideBy(prime);
  let candidates = 0;
  for (let candidate = 7; candidate * candidate <= rest; candidate += wheel[candidates++ & 7] ?? 0) {
    divideBy(candidate);
    if (candidates > 0 && candidates % candidatesPerCheckpoint === 0)
      checkpoint((100 * candidate) / Math.sqrt(rest), `no further factor up to ${candidate}`);
  }
  if (rest > 1) factors.push({ prime: rest, exponent: 1 });
  return factors;
}
