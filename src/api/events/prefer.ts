/**
 * The header `Prefer` (RFC 7240): what a client would like and can do without. `wait` is the one preference known here;
 * what is unknown or malformed is passed over, as the RFC says.
 */
import { z } from 'zod';
import type { Parameter } from '../operation.js';

export const preferParameter: Parameter = {
  name: 'Prefer',
  in: 'header',
  schema: z.string(),
  description:
    '`wait=10` (RFC 7240): answer when the job has finished, or after so many seconds, at most as many as the server allows.',
  example: 'wait=10',
};

/**
 * Whole seconds that the client would wait, and not more than the server allows; undefined where it says nothing of
 * waiting that can be understood.
 *
 * @param header As it came; of several headers, joined by commas.
 * @param waitMsMax Longest wait, in milliseconds; below a second there is none.
 * @example preferredWaitSeconds('respond-async, wait=10', 60_000) // 10
 */
export function preferredWaitSeconds(header: string | undefined, waitMsMax: number): number | undefined {
  if (header === undefined) return undefined;
  const secondsMax = Math.floor(waitMsMax / 1_000);
  const wait = preferencesOf(header).get('wait');
  if (secondsMax === 0 || wait === undefined || !/^\d+$/.test(wait)) return undefined;
  return Math.min(Number(wait), secondsMax);
}

/** A longer header is not read. */
const headerLengthMax = 1_000;

/** Between commas, those within quotes aside. */
const item = /(?:"(?:[^"\\]|\\.)*"|[^,"])+/g;

/** `name`, `name=token` or `name="quoted"`; parameters may follow behind a semicolon, and none is known. */
const preference = /^\s*([!#$%&'*+.^`|~\w-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",;]*)))?\s*(?:;|$)/;

/** Values by name in lower case. Of a preference that is there more than once only the first counts. */
function preferencesOf(header: string): Map<string, string> {
  const preferences = new Map<string, string>();
  if (header.length > headerLengthMax) return preferences;
  for (const [text] of header.matchAll(item)) {
    const [, name, quoted, token] = preference.exec(text) ?? [];
    const key = name?.toLowerCase();
    if (key === undefined || preferences.has(key)) continue;
    preferences.set(key, quoted?.replaceAll(/\\(.)/g, '$1') ?? token ?? '');
  }
  return preferences;
}
