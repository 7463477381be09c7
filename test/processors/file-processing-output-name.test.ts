import { describe, expect, it } from 'vitest';
import { withExtension } from '../../src/workers/processors/file-processing/output-name.js';

describe('withExtension', () => {
  it.each([
    ['a.jpg', 'a.webp'],
    ['a.b.jpg', 'a.b.webp'],
    ['a', 'a.webp'],
    ['a.', 'a.webp'],
    ['.hidden', '.hidden.webp'],
  ])('makes %j into %j', (name, expected) => expect(withExtension(name, 'webp')).toBe(expected));

  it('puts a suffix before it', () =>
    expect(withExtension('a.b.jpg', 'webp', '-20x10')).toBe('a.b-20x10.webp'));
});
