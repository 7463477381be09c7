/** Time zones of the IANA database, as the runtime knows them. */

/** By zone in lower case: there are a few hundred. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether it is the name of a zone, `Europe/Berlin` for example; an offset (`+02:00`) is none. */
export function isTimeZone(name: string): boolean {
  if (!/^[a-z]/i.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** Names to suggest. */
export const timeZones = (): string[] => ['UTC', ...Intl.supportedValuesOf('timeZone')];

/** How far the clocks of a zone are ahead of UTC at an instant, in milliseconds. @throws RangeError for no zone */
export function offsetMs(zone: string, instantMs: number): number {
  const text = formatOf(zone).format(instantMs);
  const [, sign, hours, minutes, seconds] = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text) ?? [];
  if (hours === undefined) return 0;
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds ?? 0)) * 1_000;
  return sign === '-' ? -ms : ms;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const key = zone.toLowerCase();
  const known = formats.get(key);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  formats.set(key, format);
  return format;
}
