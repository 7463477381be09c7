/**
 * Times as texts, ISO 8601 in UTC. Those of one job are mostly within one second, which is spelt once: making a Date and
 * having it spelt takes longer than all else about a time.
 */
let knownSecond = Number.NaN;
let spelt = '';

/** @param ms Milliseconds since the epoch. @throws RangeError where that is no time, as Date does */
export function isoTime(ms: number): string {
  const whole = Math.trunc(ms);
  const second = Math.floor(whole / 1_000);
  if (second !== knownSecond) {
    // `2026-11-24T20:05:49.000Z` up to the point and with it; longer in the year 10,000.
    spelt = new Date(second * 1_000).toISOString().slice(0, -4);
    knownSecond = second;
  }
  const rest = whole - second * 1_000;
  return `${spelt}${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}Z`;
}
