/**
 * Whose request it is. With API keys the tenant: keys and work of one tenant are not those of another. Without, a proxy
 * in front that authenticates passes the credentials on, and who has the same is the same client.
 */
import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { principalOf } from './access/principal.js';
import type { Sender } from './submission/sender.js';

/** A digest: the credentials themselves are kept nowhere. */
function clientOf(request: Request): string {
  const credentials = request.get('Authorization');
  return credentials === undefined ? nobody : digest(credentials);
}

const digest = (text: string) => createHash('sha256').update(text).digest('base64url');

/** Who shows no credentials. */
const nobody = digest('');

export function senderOf(request: Request): Sender {
  const principal = principalOf(request);
  const { 'cache-control': cacheControl } = request.headers;
  return {
    principal,
    // No digest has a colon.
    client: principal.tenant === undefined ? clientOf(request) : `tenant:${principal.tenant}`,
    requestId: String(request.res?.getHeader('X-Request-Id')),
    noCache: cacheControl !== undefined && /(^|,)\s*no-cache\s*(,|$)/i.test(cacheControl),
  };
}
