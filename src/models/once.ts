/**
 * The one value of a name in this process. A plug-in in TypeScript is loaded apart, with a copy of what it imports from
 * here; what must be the same thing for both is made by whoever comes first.
 */
export function once<Value>(name: string, make: () => Value): Value {
  const key = Symbol.for(`jobwright.${name}`);
  const existing = Reflect.get(globalThis, key) as Value | undefined;
  if (existing !== undefined) return existing;
  const value = make();
  Reflect.set(globalThis, key, value);
  return value;
}
