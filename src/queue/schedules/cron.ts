/**
 * Cron expressions: what is wrong with one, and when one is due next. cron-parser says which times of the wall clock
 * match (asked in UTC, where no hour is missing and none comes twice); which instant that is in a time zone is found
 * here, where its clocks change:
 *
 * - with an hour field that names hours, a time that the clocks skip comes as much later as they jump, and a time that
 *   comes twice counts the first time only;
 * - with an hour field that takes every hour, what counts is that time goes on: a skipped hour is left out, a
 *   repeated one counts twice.
 */
import { CronExpressionParser } from 'cron-parser';
import { offsetMs } from './time-zone.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const months = 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec';
const weekdays = 'sun|mon|tue|wed|thu|fri|sat';

/** In the order of the expression. `form` refuses what cron-parser would take and mean otherwise, a random `H` for one. */
const fields = [
  { name: 'second', form: /^[\d*,/-]+$/, expected: '0-59' },
  { name: 'minute', form: /^[\d*,/-]+$/, expected: '0-59' },
  { name: 'hour', form: /^[\d*,/-]+$/, expected: '0-23' },
  { name: 'day of the month', form: /^[\d*?,/L-]+$/, expected: '1-31 or L for the last' },
  { name: 'month', form: new RegExp(`^(?:[\\d*,/-]|${months})+$`, 'i'), expected: '1-12 or jan-dec' },
  {
    name: 'day of the week',
    form: new RegExp(`^(?:[\\d*?,/#L-]|${weekdays})+$`, 'i'),
    expected: '0-7 or sun-sat, 5L for the last Friday, 5#2 for the second',
  },
];

/** What is wrong with an expression, one line for each field that is; empty when it is right. */
export function cronMistakes(cron: string): string[] {
  const given = cron.trim().split(/\s+/);
  if (given.length !== 5 && given.length !== 6)
    return [
      `expected 5 fields (minute, hour, day of the month, month, day of the week) or 6 (the second before them), got ${cron.trim() === '' ? 0 : given.length}`,
    ];
  const mistakes = fields.slice(-given.length).flatMap((field, index) => {
    const text = given[index] ?? '';
    if (field.form.test(text) && isRight(field, text)) return [];
    return [
      `the ${field.name} ${JSON.stringify(text)} is wrong: expected ${field.expected}, * for all, lists (1,2), ranges (1-5) or steps (*/5)`,
    ];
  });
  if (mistakes.length > 0) return mistakes;
  try {
    wallClock(cron, 0).next();
    return [];
  } catch {
    return ['never comes: no month that it names has such a day'];
  }
}

/** The field on its own, the others open. */
function isRight(field: (typeof fields)[number], text: string): boolean {
  try {
    CronExpressionParser.parse(fields.map((other) => (other === field ? text : '*')).join(' '));
    return true;
  } catch {
    return false;
  }
}

/**
 * The first instant after another at which the expression is due, both in milliseconds since the epoch.
 *
 * @throws Error where the expression or the zone is wrong
 */
export function nextCronRun(cron: string, zone: string, afterMs: number): number {
  const everyHour = wallClock(cron, 0).fields.hour.values.length === 24;
  return everyHour ? nextByElapsedTime(cron, zone, afterMs) : nextByTheClock(cron, zone, afterMs);
}

function nextByElapsedTime(cron: string, zone: string, afterMs: number): number {
  let fromMs = afterMs;
  let offset = offsetMs(zone, afterMs);
  for (;;) {
    const instantMs =
      wallClock(cron, fromMs + offset)
        .next()
        .getTime() - offset;
    if (offsetMs(zone, instantMs) === offset) return instantMs;
    // The clocks change in between: look on from there, with the offset that holds then.
    const changeMs = changeBetween(zone, fromMs, instantMs, offset);
    fromMs = changeMs - 1;
    offset = offsetMs(zone, changeMs);
  }
}

/** The first instant whose offset is another, to be found after `fromMs` and not after `toMs`. */
function changeBetween(zone: string, fromMs: number, toMs: number, offset: number): number {
  let before = fromMs;
  let after = toMs;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetMs(zone, middle) === offset) before = middle;
    else after = middle;
  }
  return after;
}

function nextByTheClock(cron: string, zone: string, afterMs: number): number {
  const offset = offsetMs(zone, afterMs);
  // What the clocks have skipped lately is yet to come.
  const skippedMs = Math.max(0, offset - offsetMs(zone, afterMs - 3 * hourMs));
  const walls = wallClock(cron, afterMs + offset - skippedMs);
  let nearestMs = Number.POSITIVE_INFINITY;
  for (;;) {
    const wallMs = walls.next().getTime();
    const { instantMs, offsetMax } = instantOf(wallMs, zone);
    if (instantMs > afterMs) nearestMs = Math.min(nearestMs, instantMs);
    // A later time of the clock can be an earlier instant only beside one that was skipped.
    if (wallMs - offsetMax >= nearestMs) return nearestMs;
  }
}

/** When the clocks of a zone show a time, told as if it were UTC. */
function instantOf(wallMs: number, zone: string): { instantMs: number; offsetMax: number } {
  const before = offsetMs(zone, wallMs - dayMs);
  const after = offsetMs(zone, wallMs + dayMs);
  const offsetMax = Math.max(before, after);
  const shownBefore = offsetMs(zone, wallMs - before) === before;
  const shownAfter = offsetMs(zone, wallMs - after) === after;
  return { instantMs: wallMs - (shownAfter && !shownBefore ? after : before), offsetMax };
}

const wallClock = (cron: string, afterMs: number) =>
  CronExpressionParser.parse(cron, { tz: 'UTC', currentDate: new Date(afterMs) });
