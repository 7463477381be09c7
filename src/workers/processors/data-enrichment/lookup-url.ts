/**
 * The URL of a look-up: a template whose `{field}` placeholders are filled with the record's own values. The
 * host is fixed by the template, and a value never leaves the place it was put in: it is encoded, and one
 * that would still change the path (`..`) is refused.
 */
import type { DataRecord } from './record.js';

const placeholder = /\{([^{}]*)\}/g;
const urlLengthMax = 8_000;

/** What a placeholder may name: every field that is a text, and the two coordinates. */
function placeholderValue(record: DataRecord, name: string): string | undefined {
  const { coordinates, ...texts } = record;
  if (name === 'coordinates.latitude') return coordinates?.latitude.toString();
  if (name === 'coordinates.longitude') return coordinates?.longitude.toString();
  return Object.hasOwn(texts, name) ? texts[name as keyof typeof texts] : undefined;
}

/** Half a surrogate pair, which cannot be encoded, becomes U+FFFD on the way through UTF-8. */
const encode = (value: string): string => encodeURIComponent(Buffer.from(value, 'utf8').toString('utf8'));

export const fillTemplate = (template: string, record: DataRecord): string =>
  template.replace(placeholder, (_all, name: string) => encode(placeholderValue(record, name) ?? ''));

/** Why this template cannot be called with this record; undefined when it can. */
export function templateMistake(template: string, record: DataRecord): string | undefined {
  const plain = template.replace(placeholder, 'x');
  if (!/^https?:\/\//i.test(template) || !URL.canParse(plain)) return 'must be an http or https URL';
  const { username, password } = new URL(plain);
  if (username !== '' || password !== '') return 'must not carry a user name or password';
  // By its reading too: a backslash is a slash to it, and a tab is nothing.
  if (/[{}]/.test(/^https?:\/*[^/?#\\]*/i.exec(template)?.[0] ?? '') || !isOriginFixed(template))
    return 'must not have a placeholder in its host';
  for (const [, name = ''] of template.matchAll(placeholder))
    if (placeholderValue(record, name) === undefined)
      return `has the placeholder {${name}}, and the record has no such field with one value`;
  if (/[{}]/.test(template.replace(placeholder, ''))) return 'has a brace without its pair';
  const filled = fillTemplate(template, record);
  if (filled.length > urlLengthMax) return `must be at most ${urlLengthMax} characters when it is filled`;
  if (segments(filled) !== segments(plain)) return 'has a value in its path that would change the path';
  return undefined;
}

/** Whether two different fillings lead to the same server. */
function isOriginFixed(template: string): boolean {
  const [one, other] = ['x', 'y'].map((value) => {
    const filled = template.replace(placeholder, value);
    return URL.canParse(filled) ? new URL(filled).origin : value;
  });
  return one === other;
}

const segments = (url: string): number => new URL(url).pathname.split('/').length;
