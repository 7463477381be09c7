import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimatedWaitMs, type Prospect } from '../../../src/queue/outlook/estimate.js';

const prospect = (more: Partial<Prospect> = {}): Prospect => ({
  position: 0,
  running: 0,
  slots: 4,
  processingMs: 1_000,
  dueMs: 0,
  ...more,
});

describe('estimatedWaitMs', () => {
  it.each<[string, Partial<Prospect>, number | undefined]>([
    ['is nothing for the next job while a slot is free', {}, 0],
    ['is nothing while a slot is free for each before it', { position: 3, running: 0 }, 0],
    ['is one share of an attempt for the next job when all slots are taken', { running: 4 }, 250],
    ['grows with those before it', { running: 4, position: 39 }, 10_000],
    ['counts the free slots first', { running: 2, position: 3 }, 500],
    ['holds when more run than there are slots, after a worker has gone', { running: 9 }, 250],
    ['is not known without a slot', { slots: 0 }, undefined],
    [
      'is not known while the length of an attempt is not',
      { running: 4, processingMs: undefined },
      undefined,
    ],
    ['needs no length of an attempt for a free slot', { processingMs: undefined }, 0],
    ['is not before the job is due', { dueMs: 7_000 }, 7_000],
  ])('%s', (_what, more, expected) => {
    expect(estimatedWaitMs(prospect(more))).toBe(expected);
  });

  it.each<[string, number, number, number]>([
    ['what is left of the window', 2, 1, 0],
    ['the next window', 2, 2, 700],
    ['the window after', 2, 12, 10_700],
    ['the next window when this one is used up', 0, 0, 700],
  ])('puts a job into %s, by what the rate limit leaves', (_what, left, position, expected) => {
    const rateLimit = { max: 10, durationMs: 10_000, left, resetMs: 700 };
    expect(estimatedWaitMs(prospect({ slots: 100, position, rateLimit }))).toBe(expected);
  });

  it('never gets shorter with more before it, and never comes before the job is due', () => {
    const figures = fc.record({
      running: fc.nat(100),
      slots: fc.integer({ min: 1, max: 100 }),
      processingMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
      dueMs: fc.nat(1_000_000),
      rateLimit: fc.record({
        max: fc.integer({ min: 1, max: 100 }),
        durationMs: fc.integer({ min: 1, max: 100_000 }),
        left: fc.constant(0),
        resetMs: fc.integer({ min: 1, max: 100_000 }),
      }),
    });
    fc.assert(
      fc.property(figures, fc.nat(10_000), fc.nat(100), (given, position, more) => {
        const waitMs = estimatedWaitMs({ ...given, position }) ?? 0;
        expect(waitMs).toBeGreaterThanOrEqual(given.dueMs);
        expect(estimatedWaitMs({ ...given, position: position + more })).toBeGreaterThanOrEqual(waitMs);
      }),
    );
  });
});
