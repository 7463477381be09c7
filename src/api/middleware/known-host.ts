/**
 * By which names this server may be called. A page of another site can have its own name resolve to 127.0.0.1 (DNS
 * rebinding); for the browser our answers are then of its origin, and where there are no API keys the address alone
 * lets it in. So without keys, only names that cannot be pointed elsewhere count: addresses, and those of `localhost`
 * (RFC 6761, section 6.3). `ALLOWED_HOSTS` adds to them, and then holds with keys as well.
 */
import type { RequestHandler } from 'express';
import ipaddr from 'ipaddr.js';
import type { Config } from '../../config.js';
import { failure } from '../../models/failure.js';

type Given = Pick<Config, 'allowedHosts' | 'allowAnonymous' | 'apiKeys' | 'apiKeysFile'>;

export function knownHost({ allowedHosts, allowAnonymous, apiKeys, apiKeysFile }: Given): RequestHandler {
  const isOpen = allowAnonymous || apiKeys !== undefined || apiKeysFile !== undefined;
  if (isOpen && allowedHosts.length === 0) return (_request, _response, next) => next();
  const allowed = new Set(allowedHosts.map((host) => host.toLowerCase()));
  const isKnown = (host: string | undefined) => {
    const name = nameOf(host);
    return name === undefined || isFixed(name) || allowed.has(name);
  };
  /** Of the last request that might come in: most are for one and the same host, and taking it apart takes time. */
  let known: string | undefined;
  return (request, _response, next) => {
    const { host } = request.headers;
    if (host === known) return next();
    if (isKnown(host)) {
      known = host;
      return next();
    }
    throw failure('misdirected_request', 'The Host header is none of the names in `ALLOWED_HOSTS`.');
  };
}

/** In lower case and without port; undefined of HTTP/1.0, where there need be none, and of no name at all. */
function nameOf(host: string | undefined): string | undefined {
  if (host === undefined || host === '') return undefined;
  const authority = `http://${host}`;
  return URL.canParse(authority) ? new URL(authority).hostname.replace(/^\[|\]$|\.$/g, '') : host;
}

const isFixed = (name: string): boolean =>
  name === 'localhost' || name.endsWith('.localhost') || ipaddr.isValid(name);
