/** What settings may be: each form takes the text that was given and says what it expected instead. */
import { isIPv6 } from 'node:net';
import { z } from 'zod';
import { parseFilesUrl } from '../files-url.js';
import { type KeyEntry, readKeyEntries } from '../models/access.js';
import { parseRedisUrl, redisUrlForms } from '../redis-url.js';

export const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `expected a whole number from ${min} to ${max}`)
    .transform(Number)
    .pipe(
      z
        .number()
        .min(min, `expected a whole number from ${min} to ${max}`)
        .max(max, `expected a whole number from ${min} to ${max}`),
    );

export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

/** `calculation=2,file_processing=4`: how many jobs of a type at once. */
export const numberByType = (min: number, max: number) =>
  list.transform((items, { addIssue }): ReadonlyMap<string, number> => {
    const numbers = new Map<string, number>();
    for (const item of items) {
      const [, type = '', digits = ''] = /^([a-z_]+)\s*=\s*(\d{1,9})$/.exec(item) ?? [];
      const number = Number(digits);
      if (type === '' || number < min || number > max)
        addIssue(
          `expected TYPE=N, separated by commas, with N from ${min} to ${max}, and ${JSON.stringify(item)} is not`,
        );
      if (numbers.has(type)) addIssue(`expected each type once, and ${JSON.stringify(type)} is there twice`);
      numbers.set(type, number);
    }
    return numbers;
  });

export const redisUrl = z.string().superRefine((url, { addIssue }) => {
  try {
    parseRedisUrl(url);
  } catch (error) {
    addIssue(error instanceof Error ? error.message : `expected ${redisUrlForms}`);
  }
});

export const filesUrl = z.string().transform((url, { addIssue }) => {
  const location = parseFilesUrl(url);
  if ('kind' in location) return location;
  addIssue(`expected ${location.expected}`);
  return z.NEVER;
});

export const redisHost = z
  .string()
  .refine(
    (host) => isIPv6(host) || /^[\w.-]+$/.test(host),
    'expected the name or the address of a host, without a port',
  );

export const metricsAddress = z.string().superRefine((text, { addIssue }) => {
  if (text === 'none') return;
  const [, bracketed, port] = /^(?:\[([0-9a-fA-F:.]+)\]|[\w.-]*):(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined) addIssue('expected HOST:PORT, for example 127.0.0.1:9090, or none');
  else if (Number(port) > 65_535) addIssue('expected HOST:PORT with a port from 0 to 65535');
  else if (bracketed !== undefined && !isIPv6(bracketed))
    addIssue('expected an IPv6 address in the brackets');
});

export const webhookSecret = z.string().refine((secret) => {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  const bytes = Buffer.from(base64 ?? '', 'base64');
  return bytes.toString('base64') === base64 && bytes.length >= 24 && bytes.length <= 64;
}, 'expected whsec_ and 24 to 64 bytes in base64, several separated by commas');

/** As an operator keeps them: the text of a JSON array. */
export const apiKeys = z.string().transform((text, { addIssue }): readonly KeyEntry[] => {
  const read = readKeyEntries(text);
  if ('entries' in read) return read.entries;
  addIssue(read.mistake);
  return [];
});

export const origin = z
  .string()
  .refine(
    (text) => URL.canParse(text) && new URL(text).origin === text && /^https?:/.test(text),
    'expected origins such as https://app.example.com, without a path, separated by commas',
  );
