/**
 * What must not be printed, taken out of texts that are: logs, messages about settings, the effective configuration.
 * Clients choose some of these texts, so all of this takes time in proportion to their length.
 */

/** In place of what was taken out. */
export const hidden = '…';

/** What may be a URL. */
const word = /[^\s"'<>]+/g;
const credentials = /\b(bearer|basic|digest)\s+[\w.~+/=-]{6,}/gi;
const webhookSecret = /\bwhsec_[\w+/=-]+/g;
const secretParameter = /((?:secret|key|token|password)\w*=)[^&\s]*/gi;
/** Any of these, or a URL. */
const suspicious = /\/\/|\b(?:bearer|basic|digest)\s|whsec_|jw_/i;
const apiKey = /\bjw_([a-z0-9-]{1,40})_[\w-]+/g;

/** A text without the users and passwords of URLs: `redis://…@host`. */
export const withoutPassword = (text: string): string =>
  text.includes('@') && text.includes('//') ? text.replaceAll(word, withoutUser) : text;

/** The same, and without what its parameters say of secrets: `?sentinelPassword=…`. */
export const withoutUrlSecrets = (text: string): string =>
  withoutPassword(text).replaceAll(secretParameter, `$1${hidden}`);

/** A text without what may let somebody in: passwords and queries of URLs, `Authorization`, webhook secrets, API keys. */
export function withoutCredentials(text: string): string {
  // Most texts of a log are ids and numbers.
  if (!suspicious.test(text)) return text;
  const cleaned = withoutPassword(text);
  return (cleaned.includes('://') ? cleaned.replaceAll(word, withoutQuery) : cleaned)
    .replaceAll(credentials, `$1 ${hidden}`)
    .replaceAll(webhookSecret, `whsec_${hidden}`)
    .replaceAll(apiKey, `jw_$1_${hidden}`);
}

/** Up to the last `@`: a password may hold any of `/`, `?` and `@`, encoded or not. */
function withoutUser(url: string): string {
  const start = url.indexOf('//');
  const end = url.lastIndexOf('@');
  // Of a stack: packages have an `@` in their path.
  if (start === -1 || end < start || url.slice(0, start).endsWith('file:')) return url;
  return `${url.slice(0, start + 2)}${hidden}${url.slice(end)}`;
}

/** A query is often how a client shows that it may do something. */
function withoutQuery(url: string): string {
  const start = url.indexOf('?', url.indexOf('://'));
  if (!url.includes('://') || start === -1) return url;
  const end = url.indexOf('#', start);
  return `${url.slice(0, start + 1)}${hidden}${end === -1 ? '' : url.slice(end)}`;
}
