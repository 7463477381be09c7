/** An email address: its parts, whether it is well formed, and what is known of its domain. Nothing is sent. */
import { createRequire } from 'node:module';
import { z } from 'zod';
import { dissectDomain, domainReasons, publicSuffixList } from './domain-name.js';
import { defineFieldKind } from './field-kind.js';
import { ownRules, packageSource } from './sources.js';

const reasons = [
  'empty',
  'no_at_sign',
  'no_local_part',
  'local_part_too_long',
  'local_part_malformed',
  'address_too_long',
  ...domainReasons.filter((reason) => reason !== 'empty').map((reason) => `domain_${reason}` as const),
  'no_domain',
] as const;

const facts = z.strictObject({
  valid: z.boolean().describe('Whether it is well formed and its domain is under a known public suffix.'),
  reason: z.enum(reasons).optional().describe('Why it is not valid.'),
  normalized: z
    .string()
    .optional()
    .describe('Of a valid address: without surrounding space, the domain in lower-case ASCII.'),
  localPart: z.string().optional().describe('What stands before the last @.'),
  tag: z.string().optional().describe('The subaddress after + in the local part (RFC 5233).'),
  domain: z.string().optional().describe('The domain in lower-case ASCII.'),
  registrableDomain: z.string().optional().describe('What somebody registered of the domain.'),
  role: z
    .boolean()
    .optional()
    .describe('Whether the local part names a function (info, postmaster), not a person.'),
  disposable: z.boolean().optional().describe('Whether the domain gives out throw-away addresses.'),
  free: z.boolean().optional().describe('Whether the domain is a mail provider open to anybody.'),
  internationalized: z
    .boolean()
    .optional()
    .describe('Whether it needs SMTPUTF8 or an internationalised domain.'),
});

export const email = defineFieldKind({
  input: z.string().max(1_000).describe('An email address, without a display name.'),
  facts,
  async enrich(value) {
    const sources = [
      ownRules,
      await publicSuffixList(),
      await packageSource('disposable-email-domains-js', 'CC0-1.0'),
      await packageSource('email-providers', 'ISC'),
    ];
    return { facts: await dissectEmail(value.trim()), sources };
  },
});

type Facts = z.output<typeof facts>;

async function dissectEmail(address: string): Promise<Facts> {
  if (address === '') return { valid: false, reason: 'empty' };
  const at = address.lastIndexOf('@');
  if (at === -1) return { valid: false, reason: 'no_at_sign' };
  const localPart = address.slice(0, at);
  if (at === address.length - 1) return { valid: false, reason: 'no_domain', localPart };

  const name = await dissectDomain(address.slice(at + 1));
  const tag = /^[^+]+\+(.+)$/s.exec(localPart)?.[1];
  const domain = name.ascii;
  const parts: Omit<Facts, 'valid'> = {
    localPart,
    ...(tag === undefined ? {} : { tag }),
    ...(domain === undefined ? {} : { domain }),
    ...(name.registrableDomain === undefined ? {} : { registrableDomain: name.registrableDomain }),
    role: rolesOfRfc2142AndUse.has((localPart.split('+')[0] ?? '').toLowerCase()),
    ...(await reputation(domain, name.registrableDomain)),
    internationalized: name.internationalized === true || !isAscii(localPart),
  };
  const reason = localPartReason(localPart) ?? lengthReason(localPart, domain);
  if (reason !== undefined) return { valid: false, reason, ...parts };
  if (!name.valid) return { valid: false, reason: `domain_${notEmpty(name.reason)}`, ...parts };
  return { valid: true, normalized: `${localPart}@${domain}`, ...parts };
}

const notEmpty = (reason: (typeof domainReasons)[number] | undefined) =>
  reason === undefined || reason === 'empty' ? 'not_a_domain_name' : reason;

const isAscii = (text: string) => /^[\x20-\x7e]*$/.test(text);

/** RFC 5321, 4.1.2, with the non-ASCII characters of RFC 6531: a dot-atom or a quoted string. */
const dotAtom = /^[\w!#$%&'*+/=?^`{|}~\u0080-\u{10ffff}-]+(\.[\w!#$%&'*+/=?^`{|}~\u0080-\u{10ffff}-]+)*$/u;
const quotedString = /^"([\x20\x21\x23-\x5b\x5d-\x7e\u0080-\u{10ffff}]|\\[\x20-\x7e])*"$/u;

function localPartReason(localPart: string): Facts['reason'] {
  if (localPart === '') return 'no_local_part';
  return dotAtom.test(localPart) || quotedString.test(localPart) ? undefined : 'local_part_malformed';
}

function lengthReason(localPart: string, domain = ''): Facts['reason'] {
  const octets = Buffer.byteLength(localPart);
  if (octets > 64) return 'local_part_too_long';
  // A path of 256 octets (RFC 5321, 4.5.3.1.3) less its angle brackets.
  return octets + 1 + domain.length > 254 ? 'address_too_long' : undefined;
}

const require = createRequire(import.meta.url);
let providers: ReadonlySet<string> | undefined;

async function reputation(
  domain: string | undefined,
  registrable: string | undefined,
): Promise<Pick<Facts, 'disposable' | 'free'>> {
  if (domain === undefined) return {};
  const { isDisposableEmailDomain } = await import('disposable-email-domains-js');
  providers ??= new Set(z.array(z.string()).parse(require('email-providers/common.json')));
  const names = [domain, registrable ?? domain];
  const disposable = names.some(isDisposableEmailDomain);
  // The list of providers has a few throw-away and placeholder domains in it.
  const placeholder = /^(example|test|mydomain|yourdomain)\./.test(registrable ?? domain);
  return { disposable, free: !disposable && !placeholder && names.some((name) => providers?.has(name)) };
}

/** RFC 2142, and what is in general use beside it. */
const rolesOfRfc2142AndUse = new Set(
  `abuse accounting accounts admin administrator billing careers contact dev dns enquiries ftp hello help
  hostmaster hr info inquiries it jobs legal list mail mailer-daemon marketing media news newsletter no-reply
  noc noreply office orders postmaster press privacy root sales security service support sysadmin team usenet
  uucp webmaster www`.split(/\s+/),
);
