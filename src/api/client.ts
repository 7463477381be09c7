/**
 * Whose request it is. There are no accounts yet; a proxy in front that authenticates passes the credentials on, and
 * who has the same is the same client. Keys and work of one client are not those of another.
 */
import { createHash } from 'node:crypto';
import type { Request } from 'express';
import type { Sender } from './submission/plan-job.js';

/** A digest: the credentials themselves are kept nowhere. */
export const clientOf = (request: Request): string =>
  createHash('sha256')
    .update(request.get('Authorization') ?? '')
    .digest('base64url');

export const senderOf = (request: Request): Sender => ({
  client: clientOf(request),
  requestId: String(request.res?.getHeader('X-Request-Id')),
  noCache: /(^|,)\s*no-cache\s*(,|$)/i.test(request.get('Cache-Control') ?? ''),
});
