/** How numbers, sizes, times and names are written for readers. */

const number = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const exactNumber = new Intl.NumberFormat('en', { maximumFractionDigits: 20 });

export const formatCount = (count: number): string => number.format(count);

/** All digits, in groups. */
export const formatExact = (value: number): string => exactNumber.format(value);

/** @example formatDuration(1_234) // '1.23 s' */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(ms < 10_000 ? 2 : 1))} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return inTwo(seconds, 60, 'min', 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 2_880) return inTwo(minutes, 60, 'h', 'min');
  return `${formatCount(minutes / 1_440)} days`;
}

/** The smaller unit is left out where there is none of it. */
function inTwo(count: number, size: number, larger: string, smaller: string): string {
  const rest = count % size;
  return `${Math.floor(count / size)} ${larger}${rest === 0 ? '' : ` ${rest} ${smaller}`}`;
}

/** @example formatBytes(1_234_567) // '1.2 MB' */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

const timeOfDay = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dayAndTime = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const inFull = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long' });

/** The time of day; with the date where it is not today. */
export function formatTime(at: string, nowMs = Date.now()): string {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date(nowMs).toDateString();
  return (isToday ? timeOfDay : dayAndTime).format(date);
}

export const formatTimeInFull = (at: string): string => inFull.format(new Date(at));

/** @example formatAgo('2026-11-24T09:00:00Z', now) // '3 min ago' */
export function formatAgo(at: string, nowMs: number): string {
  const ms = nowMs - Date.parse(at);
  const text = formatDistance(Math.abs(ms));
  if (text === 'now') return 'now';
  return ms < 0 ? `in ${text}` : `${text} ago`;
}

function formatDistance(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 1) return 'now';
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

const acronyms = /\b(url|ip|id|utc|csv|json|iso|dms|utm)\b/gi;

/** @example wordsOf('withoutEnlargement') // 'Without enlargement' */
export function wordsOf(name: string): string {
  const words = name
    .replaceAll(/[_-]+/g, ' ')
    .replaceAll(/([a-z\d])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`)
    .replace(/ Ms$| ms$/, '');
  const sentence = words.charAt(0).toUpperCase() + words.slice(1);
  return sentence.replaceAll(acronyms, (word) => word.toUpperCase());
}

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;
