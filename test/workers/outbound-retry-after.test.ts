import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../src/workers/outbound-retry-after.js';

describe('Retry-After', () => {
  const nowMs = Date.UTC(2026, 10, 22, 8, 0, 0);
  it.each([
    ['120', 120_000],
    ['0', 0],
    [' 5 ', 5_000],
    ['999999999', 3_600_000],
    ['Sun, 22 Nov 2026 08:00:30 GMT', 30_000],
    ['Sunday, 22-Nov-26 08:00:30 GMT', 30_000],
    ['Sun Nov 22 08:00:30 2026', 30_000],
    ['Sun, 22 Nov 2026 07:00:00 GMT', 0],
    ['Sun, 22 Nov 2037 07:00:00 GMT', 3_600_000],
    ['soon', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['', undefined],
    [null, undefined],
  ])('of %j is %j ms', (header, ms) => expect(retryAfterMs(header, nowMs)).toBe(ms));
});
