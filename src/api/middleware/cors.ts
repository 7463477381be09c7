/**
 * Pages of other origins: closed by default. Those of `CORS_ORIGINS` may call the API and read its answers, with a key
 * that they send themselves; cookies and the like (`credentials`) play no part. A page of any other origin cannot read an answer;
 * and where a browser would send a request for it without asking, such as a form, and the request changes something, it
 * is refused here: on a machine of one's own, without keys, the address alone would let it in.
 */
import type { Request, RequestHandler } from 'express';
import { failure } from '../../models/failure.js';

const allowedHeaders =
  'Authorization, X-Api-Key, Content-Type, Content-Disposition, Idempotency-Key, Prefer, Cache-Control, If-None-Match, If-Range, Range, Last-Event-ID, X-Request-Id';
const exposedHeaders =
  'Location, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, Idempotency-Replayed, Preference-Applied, ETag, Link, WWW-Authenticate, Content-Disposition, Content-Range, Repr-Digest';
/** A browser may remember what it was told, in seconds. */
const maxAgeSeconds = 600;

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);
/** What a browser says of a request that a page of another origin makes it send. */
const foreign = new Set(['cross-site', 'same-site']);

export function cors(origins: readonly string[]): RequestHandler {
  return (request, response, next) => {
    if (origins.length > 0) response.vary('Origin');
    const origin = request.get('Origin');
    if (origin === undefined || !origins.includes(origin)) {
      if (!safeMethods.has(request.method) && isForeign(request, origin))
        throw failure('forbidden', 'Pages of this origin may not do that; `CORS_ORIGINS` does not name it.');
      return next();
    }
    response.set({ 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': exposedHeaders });
    const method = request.get('Access-Control-Request-Method');
    if (request.method !== 'OPTIONS' || method === undefined) return next();
    response
      .set({
        'Access-Control-Allow-Methods': 'GET, POST, PATCH, DELETE',
        'Access-Control-Allow-Headers': allowedHeaders,
        'Access-Control-Max-Age': String(maxAgeSeconds),
      })
      .status(204)
      .end();
  };
}

/** Browsers send `Sec-Fetch-Site` over TLS and to this machine only; over plain HTTP there is `Origin` alone. */
function isForeign(request: Request, origin: string | undefined): boolean {
  const site = request.get('Sec-Fetch-Site');
  if (site !== undefined) return foreign.has(site);
  return origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === request.headers.host);
}
