/** How large the parts of a JSON value may be, whatever its schema says of them. */
export interface JsonLimits {
  /** Levels of arrays and objects; `[]` has one. */
  depthMax: number;
  /** Characters of a text, the name of a member included. */
  stringMax: number;
  /** Items of one array. */
  itemsMax: number;
  /** Members of one object. */
  membersMax: number;
}

/** Which of its limits a value is over, if any. */
export function overLimit(
  value: unknown,
  { depthMax, stringMax, itemsMax, membersMax }: JsonLimits,
): keyof JsonLimits | undefined {
  const isTooLong = (item: unknown) => typeof item === 'string' && item.length > stringMax;
  if (isTooLong(value)) return 'stringMax';
  // Level by level: a recursion would itself overflow on what it is to keep out.
  let level = [value].filter(isNested);
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > depthMax) return 'depthMax';
    const next: object[] = [];
    for (const parent of level) {
      const names = Array.isArray(parent) ? [] : Object.keys(parent);
      const items: readonly unknown[] = Array.isArray(parent) ? parent : Object.values(parent);
      if (Array.isArray(parent) && items.length > itemsMax) return 'itemsMax';
      if (names.length > membersMax) return 'membersMax';
      if (names.some(isTooLong)) return 'stringMax';
      for (const item of items) {
        if (isTooLong(item)) return 'stringMax';
        if (isNested(item)) next.push(item);
      }
    }
    level = next;
  }
  return undefined;
}

export const deeperThan = (value: unknown, depthMax: number): boolean =>
  overLimit(value, { depthMax, stringMax: Infinity, itemsMax: Infinity, membersMax: Infinity }) !== undefined;

const isNested = (value: unknown): value is object => typeof value === 'object' && value !== null;
