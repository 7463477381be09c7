/**
 * One request of an exchange: what is sent where, at first and after a redirect.
 */
import { connectionHeaders } from '../models/connection-headers.js';
import type { OutboundRequest } from '../models/job-type.js';
import { acceptEncoding } from './outbound-body.js';
import { parseOutboundUrl, redirectTarget } from './outbound-url.js';

export interface Hop {
  url: URL;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body: string | undefined;
}

const headersOfTheConnection = new RegExp(`^(${connectionHeaders})$`, 'i');
/** Headers that another origin may see. A list of the secret ones would miss `X-Api-Key` and its like. */
const headersForAnyOrigin = /^(accept|accept-language|accept-encoding|content-type|user-agent)$/;

export function firstHop(text: string, request: OutboundRequest): Hop {
  const headers: Record<string, string> = { 'user-agent': 'jobwright', accept: '*/*' };
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (headersOfTheConnection.test(name))
      throw new Error(`outbound fetch: the header ${name} cannot be set`);
    headers[name.toLowerCase()] = value;
  }
  headers['accept-encoding'] = acceptEncoding;
  return { url: parseOutboundUrl(text), method: request.method ?? 'GET', headers, body: request.body };
}

/** Where the answer redirects to, as the fetch standard does it; undefined for every other answer. */
export function nextHop(hop: Hop, status: number, location: unknown): Hop | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || typeof location !== 'string') return undefined;
  const url = redirectTarget(location, hop.url);
  const keepsBody = status === 307 || status === 308;
  const headers = Object.entries(hop.headers).filter(
    ([name]) =>
      (url.origin === hop.url.origin || headersForAnyOrigin.test(name)) &&
      (keepsBody || name !== 'content-type'),
  );
  return {
    url,
    method: keepsBody ? hop.method : 'GET',
    headers: Object.fromEntries(headers),
    body: keepsBody ? hop.body : undefined,
  };
}
