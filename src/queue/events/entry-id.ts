/** Ids of the entries of a Redis stream, `<milliseconds>-<number>`: they only grow. */

/** Before every entry. */
export const beginning = '0-0';

const form = /^(?:0|[1-9]\d{0,18})-(?:0|[1-9]\d{0,18})$/;

export const isEntryId = (text: string): boolean => form.test(text);

/** Whether the entry `id` comes after the entry `other`. */
export function isAfter(id: string, other: string): boolean {
  const [ms = '', number = ''] = id.split('-');
  const [otherMs = '', otherNumber = ''] = other.split('-');
  return ms === otherMs ? isGreater(number, otherNumber) : isGreater(ms, otherMs);
}

/** Digits without leading zeros, which may be more than a double holds. */
const isGreater = (digits: string, other: string) =>
  digits.length === other.length ? digits > other : digits.length > other.length;
