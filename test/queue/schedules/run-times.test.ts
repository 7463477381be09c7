import { describe, expect, it } from 'vitest';
import { nextRun, nextRuns, runToMake, type Timing } from '../../../src/queue/schedules/run-times.js';

const createdAt = '2026-03-01T10:00:00.500Z';
const created = Date.parse(createdAt);
const everyMinute: Timing = { everyMs: 60_000, createdAt };

describe('nextRun', () => {
  it('counts an interval from the creation, and so does not drift', () => {
    expect(nextRun(everyMinute, created)).toBe(created + 60_000);
    expect(nextRun(everyMinute, created + 59_999)).toBe(created + 60_000);
    expect(nextRun(everyMinute, created + 60_000)).toBe(created + 120_000);
    expect(nextRun(everyMinute, created + 1_000_000_123)).toBe(created + 1_000_020_000);
  });

  it('is never before the first interval is over, whatever the clock of a server says', () => {
    expect(nextRun(everyMinute, created - 500_000)).toBe(created + 60_000);
  });
});

describe('nextRuns', () => {
  it('gives as many as asked for', () => {
    expect(nextRuns({ cron: '0 9 * * *', timeZone: 'UTC', createdAt }, created, 2)).toEqual([
      Date.parse('2026-03-02T09:00:00Z'),
      Date.parse('2026-03-03T09:00:00Z'),
    ]);
  });
});

describe('runToMake', () => {
  const seconds: Timing = { cron: '* * * * * *', timeZone: 'UTC', createdAt };
  const due = created + 500;

  it('is the one that is due, up to thirty seconds late', () => {
    expect(runToMake(seconds, due, due)).toBe(due);
    expect(runToMake(seconds, due, due + 30_000)).toBe(due);
  });

  it.each([
    ['a minute', 60_000],
    ['an hour', 3_600_000],
    ['a year', 365 * 86_400_000],
  ])('is the latest of those that were missed for %s', (_, lateMs) => {
    expect(runToMake(seconds, due, due + lateMs + 300)).toBe(due + lateMs);
    const minutes = due + Math.floor(lateMs / 60_000) * 60_000;
    expect(runToMake({ everyMs: 60_000, createdAt }, due - 500 + 60_000, minutes + 60_000)).toBe(
      minutes - 500 + 60_000,
    );
  });

  it('is the only one, where there was no other', () => {
    const daily: Timing = { cron: '0 9 * * *', timeZone: 'UTC', createdAt };
    const nine = Date.parse('2026-03-02T09:00:00Z');
    expect(runToMake(daily, nine, nine + 80_000_000)).toBe(nine);
  });
});
