/**
 * Limits on how many requests a client may send: one for each address, one for each API key. The answer says where
 * the client stands, in the fields of draft-ietf-httpapi-ratelimit-headers-10.
 */
import type { Response } from 'express';
import ipaddr from 'ipaddr.js';
import type { Config } from '../../config.js';
import { failure } from '../../models/failure.js';
import { SharedCounts } from '../../queue/limits/shared-counts.js';
import type { QueueAccess } from '../../queue/queue-access.js';

const windowSeconds = 10;

export class RequestLimits {
  readonly #addresses: Limit | undefined;
  readonly #keys: Limit | undefined;

  constructor({ rateLimit, keyRateLimit }: Pick<Config, 'rateLimit' | 'keyRateLimit'>, access: QueueAccess) {
    this.#addresses = rateLimit === 0 ? undefined : new Limit('address', rateLimit, access);
    this.#keys = keyRateLimit === 0 ? undefined : new Limit('key', keyRateLimit, access);
  }

  /** @throws Failure `rate_limited` */
  ofAddress(address: string, response: Response): void {
    this.#addresses?.count(clientOf(address), response);
  }

  /** @throws Failure `rate_limited` */
  ofKey(keyId: string, response: Response): void {
    this.#keys?.count(keyId, response);
  }

  close(): void {
    this.#addresses?.close();
    this.#keys?.close();
  }
}

class Limit {
  readonly #counts: SharedCounts;
  readonly #policy: string;

  constructor(
    readonly name: string,
    readonly limit: number,
    access: QueueAccess,
  ) {
    this.#counts = new SharedCounts({ access, name, limit, windowMs: windowSeconds * 1_000 });
    this.#policy = `"${name}";q=${limit};w=${windowSeconds}`;
  }

  count(client: string, response: Response): void {
    const { isWithin, remaining, waitMs } = this.#counts.count(client);
    const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
    add(response, 'RateLimit-Policy', this.#policy);
    add(response, 'RateLimit', `"${this.name}";r=${remaining};t=${seconds}`);
    if (!isWithin)
      throw failure(
        'rate_limited',
        `More than ${this.limit} requests of one ${this.name} in ${windowSeconds} s; try again in ${seconds} s.`,
        { headers: { 'Retry-After': String(seconds) } },
      );
  }

  close(): void {
    this.#counts.close();
  }
}

function add(response: Response, name: string, item: string): void {
  const before = response.getHeader(name);
  response.setHeader(name, before === undefined ? item : `${before}, ${item}`);
}

/** Whoever has an IPv6 address has all of its /64. */
function clientOf(address: string): string {
  if (!address.includes(':') || !ipaddr.IPv6.isValid(address)) return address;
  const parsed = ipaddr.IPv6.parse(address);
  return parsed.isIPv4MappedAddress()
    ? parsed.toIPv4Address().toString()
    : parsed.parts.slice(0, 4).join(':');
}
