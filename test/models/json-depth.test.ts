import { describe, expect, it } from 'vitest';
import { deeperThan } from '../../src/models/json-depth.js';

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
