/** A URL taken apart as browsers do it (WHATWG), with what is known of its host. It is not called. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { dissectDomain, domainParts, domainReasons, publicSuffixList } from './domain-name.js';
import { defineFieldKind } from './field-kind.js';
import { addressClasses, dissectAddress } from './ip.js';
import { ownRules, packageSource } from './sources.js';

const facts = z.strictObject({
  valid: z.boolean().describe('Whether it is an absolute URL whose host, if it needs one, can exist.'),
  reason: z
    .enum(['empty', 'no_scheme', 'malformed', ...domainReasons.map((reason) => `host_${reason}` as const)])
    .optional()
    .describe('Why it is not valid.'),
  normalized: z.string().optional().describe('The usual spelling, without credentials.'),
  scheme: z.string().optional(),
  secure: z.boolean().optional().describe('Whether the scheme encrypts (https, wss, ftps, sftp, ssh).'),
  hasCredentials: z.boolean().optional().describe('Whether it carries a user name or password.'),
  host: z.string().optional(),
  port: z.int().optional().describe('Given, or the usual one of the scheme.'),
  path: z.string().optional(),
  query: z
    .array(z.strictObject({ name: z.string(), value: z.string() }))
    .optional()
    .describe('Decoded, in the order given.'),
  fragment: z.string().optional(),
  addressClass: z.enum(addressClasses).optional().describe('Where the host is an IP address: its class.'),
  ...domainParts,
});

type Facts = z.output<typeof facts>;

export const url = defineFieldKind({
  input: z.string().max(8_000).describe('An absolute URL of any scheme.'),
  facts,
  async enrich(value) {
    const sources = [ownRules, await publicSuffixList(), await packageSource('ipaddr.js', 'MIT')];
    return { facts: await dissectUrl(value.trim()), sources };
  },
});

const usualPorts: Readonly<Record<string, number>> = { http: 80, https: 443, ws: 80, wss: 443, ftp: 21 };
const secureSchemes = new Set(['https', 'wss', 'ftps', 'sftp', 'ssh']);

async function dissectUrl(text: string): Promise<Facts> {
  if (text === '') return { valid: false, reason: 'empty' };
  if (!/^[a-z][a-z0-9+.-]*:/i.test(text)) return { valid: false, reason: 'no_scheme' };
  if (!URL.canParse(text)) return { valid: false, reason: 'malformed' };
  const given = new URL(text);
  const scheme = given.protocol.slice(0, -1);
  // `www.example.com:8080` reads as a URL of the scheme `www.example.com`.
  if (scheme.includes('.') && given.host === '') return { valid: false, reason: 'no_scheme' };
  const port = given.port === '' ? usualPorts[scheme] : Number(given.port);
  const plain = new URL(given);
  plain.username = '';
  plain.password = '';
  const query = [...given.searchParams].map(([name, value]) => ({ name, value }));
  const parts = {
    normalized: plain.href,
    scheme,
    secure: secureSchemes.has(scheme),
    hasCredentials: given.username !== '' || given.password !== '',
    path: given.pathname,
    ...(port === undefined ? {} : { port }),
    ...(query.length > 0 ? { query } : {}),
    ...(given.hash === '' ? {} : { fragment: given.hash.slice(1) }),
  };
  return given.hostname === ''
    ? { valid: true, ...parts }
    : { ...parts, ...(await dissectHost(given.hostname)) };
}

async function dissectHost(hostname: string): Promise<Facts> {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) {
    const { class: addressClass } = await dissectAddress(host);
    return { valid: true, host, ...(addressClass === undefined ? {} : { addressClass }) };
  }
  const { valid, reason, ...name } = await dissectDomain(host);
  return { valid, ...(reason === undefined ? {} : { reason: `host_${reason}` as const }), host, ...name };
}
