/**
 * A domain name taken apart: both spellings, the public suffix, the part that somebody registered, and what
 * stands before it. Of use to the fields `domain`, `url` and `email`.
 */
import { isIP } from 'node:net';
import { domainToASCII, domainToUnicode } from 'node:url';
import { z } from 'zod';
import { packageSource, type Source } from './sources.js';

export const domainReasons = [
  'empty',
  'is_address',
  'not_a_domain_name',
  'label_too_long',
  'too_long',
  'single_label',
  'unknown_suffix',
  'is_public_suffix',
] as const;

/** Members that the facts of each of the three fields have. */
export const domainParts = {
  ascii: z.string().optional().describe('The name in lower case, internationalised labels as xn--….'),
  unicode: z.string().optional().describe('The name as people read it.'),
  registrableDomain: z
    .string()
    .optional()
    .describe('The public suffix and the label before it: what somebody registered.'),
  subdomain: z
    .string()
    .optional()
    .describe('What stands before the registrable domain; absent when nothing does.'),
  publicSuffix: z
    .string()
    .optional()
    .describe('The part under which names are registered: co.uk, github.io.'),
  suffixKind: z
    .enum(['icann', 'private', 'unknown'])
    .optional()
    .describe('Whether a registry or a private owner runs the suffix, by the Public Suffix List.'),
  internationalized: z.boolean().optional().describe('Whether a label is written beyond ASCII.'),
  reserved: z
    .boolean()
    .optional()
    .describe('Whether the name is set aside for tests, documentation or local use (RFC 6761).'),
};

export interface DomainName {
  valid: boolean;
  reason?: (typeof domainReasons)[number];
  ascii?: string;
  unicode?: string;
  registrableDomain?: string;
  subdomain?: string;
  publicSuffix?: string;
  suffixKind?: 'icann' | 'private' | 'unknown';
  internationalized?: boolean;
  reserved?: boolean;
}

export const publicSuffixList = (): Promise<Source> => packageSource('tldts', 'MIT');

export async function dissectDomain(given: string): Promise<DomainName> {
  const name = given.trim().replace(/\.$/, '');
  if (name === '') return { valid: false, reason: 'empty' };
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0) return { valid: false, reason: 'is_address' };
  if (/[\s/?#@:%[\]\\]/.test(name)) return { valid: false, reason: 'not_a_domain_name' };
  const ascii = domainToASCII(name);
  const reason = malformed(name, ascii);
  if (reason !== undefined) return { valid: false, reason };

  const { parse } = await import('tldts');
  const unicode = domainToUnicode(ascii);
  // The list is written in Unicode: an xn--… suffix is found by its Unicode form only.
  const parsed = parse(unicode, { allowPrivateDomains: true, detectSpecialUse: true });
  const suffixKind = parsed.isPrivate ? 'private' : parsed.isIcann ? 'icann' : 'unknown';
  const parts = {
    ascii,
    unicode,
    ...(parsed.domain ? { registrableDomain: domainToASCII(parsed.domain) } : {}),
    ...(parsed.subdomain ? { subdomain: domainToASCII(parsed.subdomain) } : {}),
    ...(parsed.publicSuffix ? { publicSuffix: domainToASCII(parsed.publicSuffix) } : {}),
    suffixKind,
    internationalized: ascii !== unicode,
    reserved: parsed.isSpecialUse === true,
  } as const;
  if (suffixKind === 'unknown')
    return { valid: false, reason: ascii.includes('.') ? 'unknown_suffix' : 'single_label', ...parts };
  if (parsed.domain === null) return { valid: false, reason: 'is_public_suffix', ...parts };
  return { valid: true, ...parts };
}

function malformed(name: string, ascii: string): DomainName['reason'] {
  const labels = (ascii === '' ? name : ascii).split('.');
  if (labels.some((label) => label.length > 63)) return 'label_too_long';
  if (labels.join('.').length > 253) return 'too_long';
  // The host parser of URLs reads `1.2` and `0x7f` as addresses.
  if (isIP(ascii) !== 0) return 'is_address';
  if (!labels.every((label) => /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label))) return 'not_a_domain_name';
  return undefined;
}
