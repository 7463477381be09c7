import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/models/canonical-json.js';

/** The same value, its members written in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

describe('canonicalJson', () => {
  it.each([
    [{ b: 1, a: { d: [1, 2.5], c: null } }, '{"a":{"c":null,"d":[1,2.5]},"b":1}'],
    [{ é: 1, z: 2, Z: 3, '': 4, '"': 5 }, '{"":4,"\\"":5,"Z":3,"z":2,"é":1}'],
    [[1, 'x', [], {}, true], '[1,"x",[],{},true]'],
    [{ a: undefined, b: [undefined] }, '{"b":[null]}'],
    [[0, -0, 1e21], '[0,0,1e+21]'],
    ['text', '"text"'],
    [undefined, 'null'],
  ])('writes %j', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it('is JSON of the value, and the same in whatever order its members come', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(reversed(value))).toBe(text);
      }),
    );
  });
});
