import { describe, expect, it } from 'vitest';
import { didYouMean } from '../src/did-you-mean.js';

describe('didYouMean', () => {
  it.each([
    ['file-processing', 'file_processing'],
    ['FileProcessing', 'file_processing'],
    ['calculaton', 'calculation'],
    ['nmae', 'name'],
  ])('takes %s for %s', (given, meant) => {
    expect(didYouMean(given, ['calculation', 'file_processing', 'name'])).toBe(`; did you mean "${meant}"?`);
  });

  it.each(['', 'x', 'weather', 'b'])('takes %j for nothing', (given) => {
    expect(didYouMean(given, ['calculation', 'a'])).toBe('');
  });
});
