/**
 * A limit for each address: one client's flood leaves the others unaffected. The address is the connection's;
 * `X-Forwarded-For` counts only behind as many proxies as `TRUST_PROXY` says. Each API server counts for
 * itself.
 */
import type { RequestHandler } from 'express';
import ipaddr from 'ipaddr.js';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { failure } from '../../models/failure.js';
import { isProbe } from './probe-paths.js';

const windowSeconds = 10;

/** @param limit Requests in 10 seconds; 0 is no limit. */
export function rateLimit(limit: number): RequestHandler {
  if (limit === 0) return (_request, _response, next) => next();
  const limiter = new RateLimiterMemory({ points: limit, duration: windowSeconds });
  return async (request, _response, next) => {
    if (isProbe(request.path)) return next();
    try {
      await limiter.consume(clientOf(request.ip ?? ''));
      next();
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000));
      throw failure(
        'rate_limited',
        `More than ${limit} requests in ${windowSeconds} s; try again in ${seconds} s.`,
        {
          headers: { 'Retry-After': String(seconds) },
        },
      );
    }
  };
}

/** Whoever has an IPv6 address has all of its /64. */
function clientOf(address: string): string {
  if (!ipaddr.IPv6.isValid(address)) return address;
  const parsed = ipaddr.IPv6.parse(address);
  return parsed.isIPv4MappedAddress()
    ? parsed.toIPv4Address().toString()
    : parsed.parts.slice(0, 4).join(':');
}
