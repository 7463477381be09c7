/** What an idempotency key of a client stands for: digests, so that neither key nor request is kept. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../models/canonical-json.js';
import { type FieldError, failure } from '../../models/failure.js';
import type { KeyedRequest } from '../../queue/submission/idempotency-keys.js';

/** Characters of a key. */
export const keyLength = { min: 1, max: 255 };

export function keyedRequest(client: string, key: string, body: unknown): KeyedRequest {
  return { key: digest(`${client} ${key}`), fingerprint: digest(canonicalJson(body)) };
}

/** What is wrong with a key, if anything. @param pointer Where it was given. */
export function mistakesInKey(key: unknown, pointer: string): FieldError[] {
  const { min, max } = keyLength;
  if (typeof key === 'string' && key.length >= min && key.length <= max) return [];
  return [{ pointer, code: 'invalid_value', message: `expected ${min} to ${max} characters` }];
}

/** @param name What the client calls the key. */
export const keyReused = (name: string) =>
  failure(
    'idempotency_key_reused',
    `This ${name} came earlier with another body; use a new key for a new request.`,
  );

const digest = (text: string) => createHash('sha256').update(text).digest('base64url');
