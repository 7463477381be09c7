/**
 * API keys: `jw_<id>_<secret>`, so that people, logs and scanners for secrets recognise them. The secret is 256 random
 * bits, and a server keeps only the SHA-256 of the key: a slow hash protects what people choose, and can be guessed;
 * of these there are too many to try.
 */
import { createHash } from 'node:crypto';
import type { KeyEntry } from './models/access.js';

const secretBytes = 32;
const form = /^jw_([a-z0-9-]{1,40})_[A-Za-z0-9_-]{43}$/;

/** @param random That many random bytes. */
export function makeApiKey(id: string, random: (bytes: number) => Uint8Array): string {
  return `jw_${id}_${Buffer.from(random(secretBytes)).toString('base64url')}`;
}

/** The id in a key; undefined where it has not the form of one. */
export const keyIdOf = (key: string): string | undefined => form.exec(key)?.[1];

export const keyDigest = (key: string): Buffer => createHash('sha256').update(key).digest();

/** What a server is to be given to know the key. */
export const entryOf = (key: string, entry: Omit<KeyEntry, 'sha256'>): KeyEntry => {
  const { expiresAt, ...rest } = entry;
  return {
    ...rest,
    sha256: keyDigest(key).toString('hex'),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
};
