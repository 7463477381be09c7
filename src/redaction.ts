/** What must not be printed, taken out of texts that are: logs, messages about settings, the effective configuration. */

/** In place of what was taken out. */
export const hidden = '…';

/** Everything up to the last `@`: a password may hold any of `/`, `?` and `@`, encoded or not. */
const userInUrl = /(\b[a-z][a-z0-9+.-]*:)?\/\/[^\s"'<>]*@/gi;
/** A query is often how a client shows that it may do something. */
const queryInUrl = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>?#]*)\?[^\s"'<>#]*/gi;
const credentials = /\b(bearer|basic|digest)\s+[\w.~+/=-]{6,}/gi;
const webhookSecret = /\bwhsec_[\w+/=-]+/g;

/** A text without the users and passwords of URLs: `redis://…@host`. */
export const withoutPassword = (text: string): string =>
  text.replaceAll(userInUrl, (_, scheme = '') => `${scheme}//${hidden}@`);

/** A text without what may let somebody in: passwords and queries of URLs, `Authorization`, webhook secrets. */
export const withoutCredentials = (text: string): string =>
  withoutPassword(text)
    .replaceAll(queryInUrl, `$1?${hidden}`)
    .replaceAll(credentials, `$1 ${hidden}`)
    .replaceAll(webhookSecret, `whsec_${hidden}`);
