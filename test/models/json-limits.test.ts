import { describe, expect, it } from 'vitest';
import { deeperThan, overLimit } from '../../src/models/json-limits.js';

describe('deeperThan', () => {
  it.each([
    [1, 0, false],
    [[], 0, true],
    [[], 1, false],
    [{ a: [] }, 1, true],
    [{ a: [] }, 2, false],
    [[1, 'x', null], 1, false],
    [JSON.parse('['.repeat(64) + ']'.repeat(64)), 64, false],
    [JSON.parse('['.repeat(65) + ']'.repeat(65)), 64, true],
  ])('knows of %j and %i levels', (value, depthMax, expected) => {
    expect(deeperThan(value, depthMax)).toBe(expected);
  });
});

describe('overLimit', () => {
  const limits = { depthMax: 3, stringMax: 4, itemsMax: 2, membersMax: 2 };
  it.each([
    ['1234', undefined],
    ['12345', 'stringMax'],
    [{ a: ['1234', 1] }, undefined],
    [{ a: ['12345'] }, 'stringMax'],
    [{ '12345': 1 }, 'stringMax'],
    [{ a: { b: [1, 2, 3] } }, 'itemsMax'],
    [{ a: 1, b: 2, c: 3 }, 'membersMax'],
    [[[[[]]]], 'depthMax'],
    [JSON.parse('{"__proto__": {"__proto__": "12345"}}'), 'stringMax'],
  ])('of %j is %s', (value, expected) => {
    expect(overLimit(value, limits)).toBe(expected);
  });
});
