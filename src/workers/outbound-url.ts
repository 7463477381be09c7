/**
 * Which URLs a processor may call, before any address is known: http and https, no credentials, no port of
 * another protocol. WHATWG URL has by then turned every spelling of an IPv4 address (decimal, octal, hex,
 * full-width digits) into the dotted one.
 */
import { failure } from '../models/failure.js';

/** Ports on which another protocol listens that would read a request as commands (the fetch standard's list). */
const portsOfOthers = new Set([
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
  109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
  526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
  3659, 4045, 4190, 5060, 5061, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

/** @throws Failure `url_not_allowed`; its detail never repeats the URL, which may hold a secret. */
export function parseOutboundUrl(text: string): URL {
  if (!URL.canParse(text)) throw failure('url_not_allowed', 'The URL cannot be read.');
  return checkUrl(new URL(text));
}

/**
 * The target of a redirect. From https only to https: what was asked for in secret is not sent in the clear.
 *
 * @throws Failure `url_not_allowed`
 */
export function redirectTarget(location: string, from: URL): URL {
  if (!URL.canParse(location, from.href))
    throw failure('url_not_allowed', `${quote(from)} redirects to a URL that cannot be read.`);
  const url = new URL(location, from.href);
  if (from.protocol === 'https:' && url.protocol === 'http:')
    throw failure('url_not_allowed', `${quote(from)} redirects from https to http.`);
  return checkUrl(url);
}

/** The host in a form for messages and look-ups: no brackets, no dot at its end. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');

const quote = (url: URL) => JSON.stringify(hostOf(url));

function checkUrl(url: URL): URL {
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw failure('url_not_allowed', `The scheme must be http or https, not ${url.protocol.slice(0, -1)}.`);
  if (url.username !== '' || url.password !== '')
    throw failure('url_not_allowed', 'The URL must not carry a user name or password.');
  if (portsOfOthers.has(Number(url.port)))
    throw failure('url_not_allowed', `Port ${url.port} belongs to another protocol than HTTP.`);
  if (hostOf(url) === '') throw failure('url_not_allowed', 'The URL names no host.');
  return url;
}
