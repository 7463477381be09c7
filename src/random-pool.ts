/** Random bytes by the pool: asking the system for ten of them costs as much as asking for thousands. */
import { randomFillSync } from 'node:crypto';

const poolBytes = 8_192;

/** @returns A function that gives that many random bytes, each byte once. */
export function randomPool(): (bytes: number) => Uint8Array {
  let pool = new Uint8Array(0);
  let used = 0;
  return (bytes) => {
    if (used + bytes > pool.length) {
      pool = randomFillSync(new Uint8Array(Math.max(poolBytes, bytes)));
      used = 0;
    }
    used += bytes;
    return pool.subarray(used - bytes, used);
  };
}
