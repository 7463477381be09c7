import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cronMistakes, nextCronRun } from '../../../src/queue/schedules/cron.js';
import { isTimeZone, offsetMs } from '../../../src/queue/schedules/time-zone.js';

/** The next times, as the clocks of the zone show them, with their offset. */
function times(cron: string, zone: string, from: string, count: number): string[] {
  const shown: string[] = [];
  for (let atMs = Date.parse(from); shown.length < count; ) {
    atMs = nextCronRun(cron, zone, atMs);
    const offset = offsetMs(zone, atMs);
    shown.push(`${new Date(atMs + offset).toISOString().slice(5, 16)} +${offset / 3_600_000}`);
  }
  return shown;
}

describe('cronMistakes', () => {
  it.each([
    '* * * * *',
    '*/5 * * * * *',
    '0 9 * * MON-FRI',
    '0 0 1,15 jan-jun ?',
    '0 0 L * *',
    '0 0 * * 5L',
    '0 0 * * 5#2',
    '0 0 29 2 *',
    '0 0 * * 7',
    '  0   0 * * *  ',
  ])('finds none in %s', (cron) => {
    expect(cronMistakes(cron)).toEqual([]);
  });

  it.each([
    ['', /expected 5 fields .* got 0/],
    ['* * * *', /expected 5 fields .* got 4/],
    ['* * * * * * *', /got 7/],
    ['@daily', /got 1/],
    ['60 * * * *', /the minute "60" is wrong: expected 0-59/],
    ['60 * * * * *', /the second "60"/],
    ['* 24 * * *', /the hour "24" is wrong: expected 0-23/],
    ['* * 0 * *', /the day of the month "0"/],
    ['* * 15W * *', /the day of the month "15W"/],
    ['* * * mon *', /the month "mon" is wrong: expected 1-12 or jan-dec/],
    ['* * * * jan', /the day of the week "jan"/],
    ['* * * * 8', /the day of the week "8"/],
    ['5-1 * * * *', /the minute "5-1"/],
    ['1,,2 * * * *', /the minute "1,,2"/],
    ['*/0 * * * *', /the minute "\*\/0"/],
    ['1.5 * * * *', /the minute "1.5"/],
    ['H * * * *', /the minute "H"/],
    ['0 0 30 2 *', /never comes/],
    ['0 0 31 2,4,6,9,11 *', /never comes/],
  ])('says what is wrong with %j', (cron, message) => {
    expect(cronMistakes(cron)).toEqual([expect.stringMatching(message)]);
  });

  it('names every field that is wrong', () => {
    expect(cronMistakes('61 25 * 13 *').map((mistake) => mistake.split(' is wrong')[0])).toEqual([
      'the minute "61"',
      'the hour "25"',
      'the month "13"',
    ]);
  });
});

describe('nextCronRun', () => {
  it('is strictly after the given time', () => {
    const at = Date.parse('2026-03-01T09:00:00Z');
    expect(nextCronRun('0 9 * * *', 'UTC', at - 1)).toBe(at);
    expect(nextCronRun('0 9 * * *', 'UTC', at)).toBe(at + 86_400_000);
  });

  it('means the clocks of the zone', () => {
    expect(times('0 9 * * *', 'Europe/Berlin', '2026-03-27T12:00:00Z', 3)).toEqual([
      '03-28T09:00 +1',
      '03-29T09:00 +2',
      '03-30T09:00 +2',
    ]);
  });

  it('takes either day where both are limited', () => {
    expect(times('0 0 1 * mon', 'UTC', '2026-03-28T00:00:00Z', 3)).toEqual([
      '03-30T00:00 +0',
      '04-01T00:00 +0',
      '04-06T00:00 +0',
    ]);
  });

  it('finds 29 February over a century that has none', () => {
    expect(nextCronRun('0 0 29 2 *', 'UTC', Date.parse('2096-03-01'))).toBe(Date.parse('2104-02-29'));
  });

  describe('where the clocks go from 2 to 3 (Berlin, 29 March 2026)', () => {
    it.each([
      ['30 2 * * *', ['03-29T03:30 +2', '03-30T02:30 +2']],
      ['*/30 2 * * *', ['03-29T03:00 +2', '03-29T03:30 +2', '03-30T02:00 +2']],
      ['30 2,3 * * *', ['03-29T03:30 +2', '03-30T02:30 +2', '03-30T03:30 +2']],
      ['30,45 2 * * *', ['03-29T03:30 +2', '03-29T03:45 +2', '03-30T02:30 +2']],
    ])('%s comes as much later, and once', (cron, expected) => {
      expect(times(cron, 'Europe/Berlin', '2026-03-28T12:00:00Z', expected.length)).toEqual(expected);
    });

    it('0 * * * * goes on without the hour that is missing', () => {
      expect(times('0 * * * *', 'Europe/Berlin', '2026-03-28T23:30:00Z', 3)).toEqual([
        '03-29T01:00 +1',
        '03-29T03:00 +2',
        '03-29T04:00 +2',
      ]);
    });
  });

  describe('where the clocks go from 3 back to 2 (Berlin, 25 October 2026)', () => {
    it.each([
      ['30 2 * * *', ['10-25T02:30 +2', '10-26T02:30 +1']],
      ['30 1-3 * * *', ['10-25T01:30 +2', '10-25T02:30 +2', '10-25T03:30 +1', '10-26T01:30 +1']],
    ])('%s comes once, the first time', (cron, expected) => {
      expect(times(cron, 'Europe/Berlin', '2026-10-24T12:00:00Z', expected.length)).toEqual(expected);
    });

    it('30 2 * * * does not come again in the second hour', () => {
      expect(times('30 2 * * *', 'Europe/Berlin', '2026-10-25T01:10:00Z', 1)).toEqual(['10-26T02:30 +1']);
    });

    it('*/30 * * * * comes in both hours', () => {
      expect(times('*/30 * * * *', 'Europe/Berlin', '2026-10-24T23:30:00Z', 5)).toEqual([
        '10-25T02:00 +2',
        '10-25T02:30 +2',
        '10-25T02:00 +1',
        '10-25T02:30 +1',
        '10-25T03:00 +1',
      ]);
    });
  });

  it('does not lose the midnight that the clocks skip (Cairo, 26 April 2024)', () => {
    expect(times('0 0 * * *', 'Africa/Cairo', '2024-04-25T12:00:00Z', 2)).toEqual([
      '04-26T01:00 +3',
      '04-27T00:00 +3',
    ]);
  });

  it('knows clocks that change by half an hour (Lord Howe, 4 October 2026)', () => {
    expect(times('0 2 * * *', 'Australia/Lord_Howe', '2026-10-03T12:00:00Z', 2)).toEqual([
      '10-04T02:30 +11',
      '10-05T02:00 +11',
    ]);
  });

  it.each([
    ['*/20 2,3 * * *', '2026-03-28T20:00:00Z'],
    ['*/20 2,3 * * *', '2026-10-24T20:00:00Z'],
    ['*/20 * * * *', '2026-10-24T20:00:00Z'],
  ])('gives the same times of %s wherever one begins to look from %s on', (cron, from) => {
    const start = Date.parse(from);
    const all: number[] = [];
    for (let at = start; at < start + 10 * 3_600_000; all.push(at))
      at = nextCronRun(cron, 'Europe/Berlin', at);
    fc.assert(
      fc.property(fc.integer({ min: start, max: (all.at(-1) ?? 0) - 1 }), (begin) => {
        expect(nextCronRun(cron, 'Europe/Berlin', begin)).toBe(all.find((at) => at > begin));
      }),
    );
  });
});

describe('isTimeZone', () => {
  it.each(['UTC', 'Europe/Berlin', 'europe/berlin', 'Asia/Kolkata', 'Asia/Calcutta', 'Etc/GMT+5'])(
    'knows %s',
    (zone) => expect(isTimeZone(zone)).toBe(true),
  );
  it.each(['', 'Berlin', 'Europe/Berln', '+02:00', 'W. Europe Standard Time', '../etc'])(
    'refuses %j',
    (zone) => expect(isTimeZone(zone)).toBe(false),
  );
});
