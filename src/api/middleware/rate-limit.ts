/**
 * A limit for each address: one client's flood leaves the others unaffected. The address is the connection's;
 * `X-Forwarded-For` counts only behind as many proxies as `TRUST_PROXY` says.
 */
import type { RequestHandler } from 'express';
import type { RequestLimits } from '../access/request-limits.js';
import { isProbe } from './probe-paths.js';

export function rateLimit(limits: RequestLimits): RequestHandler {
  return (request, response, next) => {
    if (!isProbe(request)) limits.ofAddress(request.ip ?? '', response);
    next();
  };
}
