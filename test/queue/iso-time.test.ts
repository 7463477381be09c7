import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoTime } from '../../src/queue/iso-time.js';

describe('isoTime', () => {
  it('spells a time as Date does', () => {
    fc.assert(
      fc.property(
        fc.array(fc.date({ max: new Date('2999-12-31'), noInvalidDate: true }), { maxLength: 3 }),
        (dates) => {
          for (const date of dates) {
            const ms = date.getTime();
            expect(isoTime(ms)).toBe(date.toISOString());
            expect(isoTime(ms + 7)).toBe(new Date(ms + 7).toISOString());
          }
        },
      ),
    );
  });

  it('refuses what is no time', () => {
    expect(() => isoTime(Number.NaN)).toThrow(RangeError);
    expect(isoTime(0)).toBe('1970-01-01T00:00:00.000Z');
  });
});
