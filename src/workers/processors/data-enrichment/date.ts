/**
 * A date, or a date with a time, in ISO 8601: its parts and its place in the year, as the calendar at the
 * given offset shows them. Without an offset it is read as UTC, never as the time of the machine.
 */
import { z } from 'zod';
import { defineFieldKind, type Finding } from './field-kind.js';
import { ownRules } from './sources.js';

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
const dayMs = 86_400_000;

const facts = z.strictObject({
  valid: z.boolean(),
  reason: z
    .enum(['empty', 'not_iso_8601', 'no_such_date', 'no_such_time', 'no_such_offset'])
    .optional()
    .describe('Why it is not valid.'),
  date: z.string().optional().describe('YYYY-MM-DD.'),
  time: z.string().optional().describe('HH:MM:SS and, where given, milliseconds; absent for a date alone.'),
  offset: z.string().optional().describe('+HH:MM; absent where none is given.'),
  utc: z.string().optional().describe('The moment in UTC; the start of the day for a date alone.'),
  unixSeconds: z
    .number()
    .optional()
    .describe('Since 1970-01-01T00:00:00Z, with a fraction where there is one.'),
  year: z.int().optional(),
  month: z.int().optional(),
  day: z.int().optional(),
  quarter: z.int().optional(),
  weekday: z
    .strictObject({ number: z.int().describe('ISO 8601: 1 is Monday.'), name: z.enum(weekdays) })
    .optional(),
  weekend: z.boolean().optional().describe('Saturday or Sunday.'),
  isoWeek: z
    .strictObject({
      year: z.int().describe('Of the week, which differs from the calendar year around New Year.'),
      week: z.int(),
      text: z.string().describe('2026-W47.'),
    })
    .optional(),
  dayOfYear: z.int().optional(),
  daysInMonth: z.int().optional(),
  leapYear: z.boolean().optional(),
});

type Facts = z.output<typeof facts>;

export const date = defineFieldKind({
  input: z
    .string()
    .max(100)
    .describe('ISO 8601: 2026-11-22, 2026-11-22T08:30Z or 2026-11-22T08:30:00.5+01:00.'),
  facts,
  enrich: (value): Finding<Facts> => ({ facts: dissectDate(value.trim()), sources: [ownRules] }),
});

const form =
  /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})(?:[Tt ](?<hour>\d{2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?(?<offset>[Zz]|[+-]\d{2}:?\d{2})?)?$/;

function dissectDate(text: string): Facts {
  if (text === '') return { valid: false, reason: 'empty' };
  const parts = form.exec(text)?.groups;
  if (parts === undefined) return { valid: false, reason: 'not_iso_8601' };
  const number = (name: string) => Number(parts[name] ?? 0);
  const [year, month, day] = [number('year'), number('month'), number('day')];
  if (year === 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month))
    return { valid: false, reason: 'no_such_date' };
  if (number('hour') > 23 || number('minute') > 59 || number('second') > 59)
    return { valid: false, reason: 'no_such_time' };
  const offsetMinutes = minutesOf(parts.offset);
  // RFC 9557 and every calendar library draw the line here; no place on earth is past +14:00.
  if (Math.abs(offsetMinutes) > 23 * 60 + 59) return { valid: false, reason: 'no_such_offset' };

  const millisecond = Number((parts.fraction ?? '').slice(0, 3).padEnd(3, '0'));
  const midnight = utcMs(year, month, day);
  const localMs =
    midnight + (number('hour') * 3_600 + number('minute') * 60 + number('second')) * 1_000 + millisecond;
  const moment = new Date(localMs - offsetMinutes * 60_000);
  const time = new Date(localMs).toISOString().slice(11, parts.fraction === undefined ? 19 : 23);
  return {
    valid: true,
    date: `${parts.year}-${parts.month}-${parts.day}`,
    ...(parts.hour === undefined ? {} : { time }),
    ...(parts.offset === undefined ? {} : { offset: offsetText(offsetMinutes) }),
    utc: moment.toISOString(),
    unixSeconds: moment.getTime() / 1_000,
    year,
    month,
    day,
    ...placeInYear(year, month, midnight),
  };
}

function placeInYear(year: number, month: number, midnight: number): Partial<Facts> {
  const weekday = ((new Date(midnight).getUTCDay() + 6) % 7) + 1;
  // A week belongs to the year that has its Thursday (ISO 8601).
  const thursday = midnight + (4 - weekday) * dayMs;
  const weekYear = new Date(thursday).getUTCFullYear();
  const week = Math.floor((thursday - utcMs(weekYear, 1, 1)) / (7 * dayMs)) + 1;
  return {
    quarter: Math.ceil(month / 3),
    weekday: { number: weekday, name: weekdays[weekday - 1] ?? 'Monday' },
    weekend: weekday > 5,
    isoWeek: { year: weekYear, week, text: `${padded(weekYear, 4)}-W${padded(week, 2)}` },
    dayOfYear: Math.round((midnight - utcMs(year, 1, 1)) / dayMs) + 1,
    daysInMonth: daysIn(year, month),
    leapYear: daysIn(year, 2) === 29,
  };
}

/** `Date.UTC` takes the years 0 to 99 for 1900 to 1999. */
const utcMs = (year: number, month: number, day: number): number =>
  new Date(0).setUTCFullYear(year, month - 1, day);

const daysIn = (year: number, month: number): number => new Date(utcMs(year, month + 1, 0)).getUTCDate();

const padded = (value: number, digits: number): string => String(value).padStart(digits, '0');

function minutesOf(offset: string | undefined): number {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(offset ?? '') ?? [];
  if (Number(minutes) > 59) return Number.POSITIVE_INFINITY;
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
}

const offsetText = (minutes: number): string =>
  `${minutes < 0 ? '-' : '+'}${padded(Math.floor(Math.abs(minutes) / 60), 2)}:${padded(Math.abs(minutes) % 60, 2)}`;
