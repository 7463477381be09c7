import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs, backoffSchema, policyOf, timeoutMistake } from '../../src/models/policy.js';

const backoff = { initialMs: 100, factor: 2, maxMs: 1_000, jitter: 0.5 };

describe('backoffMs', () => {
  it.each([
    [1, 100],
    [2, 200],
    [3, 400],
    [4, 800],
    [5, 1_000],
    [90, 1_000],
  ])('after attempt %i waits %i ms without jitter', (attempt, ms) => {
    expect(backoffMs({ ...backoff, jitter: 0 }, attempt, 0.9)).toBe(ms);
  });

  it('takes at most the share `jitter` off the wait', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, random) => {
          const exact = backoffMs({ ...backoff, jitter: 0 }, attempt, 0);
          const ms = backoffMs(backoff, attempt, random);
          expect(ms).toBeGreaterThanOrEqual(exact / 2);
          expect(ms).toBeLessThanOrEqual(exact);
        },
      ),
    );
  });
});

describe('policyOf', () => {
  it('fills in every default', () => {
    expect(policyOf()).toEqual({
      lane: 'short',
      attempts: 3,
      backoff: { initialMs: 1_000, factor: 2, maxMs: 300_000, jitter: 0.2 },
      timeoutMs: 30_000,
      join: false,
      cacheMs: 0,
      retention: { completedAgeMs: 604_800_000, failedAgeMs: 2_592_000_000, countMax: 100_000 },
    });
  });

  it.each([{ jitter: 1.1 }, { factor: 0.5 }, { initialMs: -1 }, { unknown: 1 }])(
    'refuses %j as a backoff',
    (wrong) => {
      expect(backoffSchema.safeParse(wrong).success).toBe(false);
    },
  );
});

describe('the timeout of a lane', () => {
  it('is an hour in the long lane where the type names none', () => {
    expect(policyOf({ lane: 'long' }).timeoutMs).toBe(3_600_000);
  });

  it('cannot be longer than the lane allows, for a type and for a job', () => {
    const words = 'the short lane allows at most 300000 ms, got 300001';
    expect(() => policyOf({ timeoutMs: 300_001 })).toThrow(words);
    expect(timeoutMistake(policyOf(), 300_001)).toEqual({
      pointer: '/options/timeoutMs',
      code: 'too_big',
      message: words,
    });
    expect(timeoutMistake(policyOf(), 300_000)).toBeUndefined();
    expect(timeoutMistake(policyOf(), undefined)).toBeUndefined();
    expect(timeoutMistake(policyOf({ lane: 'long' }), 300_001)).toBeUndefined();
  });
});
