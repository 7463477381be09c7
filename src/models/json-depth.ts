/**
 * Whether arrays and objects are nested more than `depthMax` levels; `[]` has one. Level by level: a recursion
 * would itself overflow on what it is to keep out.
 */
export function deeperThan(value: unknown, depthMax: number): boolean {
  let level = [value].filter(isNested);
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > depthMax) return true;
    level = level.flatMap((item) => Object.values(item).filter(isNested));
  }
  return false;
}

const isNested = (value: unknown): value is object => typeof value === 'object' && value !== null;
