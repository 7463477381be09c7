/**
 * Whose request it is. There are no accounts yet; a proxy in front that authenticates passes the credentials on, and
 * who has the same is the same client. Keys and work of one client are not those of another.
 */
import { createHash } from 'node:crypto';
import type { Request } from 'express';

/** A digest: the credentials themselves are kept nowhere. */
export const clientOf = (request: Request): string =>
  createHash('sha256')
    .update(request.get('Authorization') ?? '')
    .digest('base64url');
