/** Who sends a request: by `Authorization: Bearer`, or by `X-Api-Key`. Nothing else that a request says counts. */
import type { Request } from 'express';
import { failure } from '../../models/failure.js';
import type { KeyRing } from './key-ring.js';
import { anonymous, type Principal } from './principal.js';

/** @param keys Undefined where the server has none: then everybody may do everything. @throws Failure `unauthenticated` */
export function authenticate(request: Request, keys: KeyRing | undefined): Principal {
  if (keys === undefined) return anonymous;
  const key = keyIn(request);
  if (key === undefined)
    throw refused(
      'Send an API key as `Authorization: Bearer …` or as `X-Api-Key`.',
      'Bearer realm="jobwright"',
    );
  const found = keys.find(key);
  if (found === undefined) throw refused('The API key is not valid.');
  if (found === 'expired') throw refused('The API key has expired.');
  return found;
}

function keyIn(request: Request): string | undefined {
  const [, bearer] = /^Bearer +(\S+) *$/i.exec(request.get('Authorization') ?? '') ?? [];
  const own = request.get('X-Api-Key');
  // Which of them a proxy has looked at, nobody knows.
  if (bearer !== undefined && own !== undefined && bearer !== own)
    throw refused('The request has two API keys; send one.');
  return bearer ?? own;
}

const refused = (detail: string, challenge = 'Bearer realm="jobwright", error="invalid_token"') =>
  failure('unauthenticated', detail, { headers: { 'WWW-Authenticate': challenge } });
