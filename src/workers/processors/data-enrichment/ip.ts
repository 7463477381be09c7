/** An IP address: version, class, and the country that it is registered in. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { countryFacts } from './country-facts.js';
import { defineFieldKind } from './field-kind.js';
import { countryDatabase } from './ip-country.js';
import { ownRules, packageSource } from './sources.js';

export const addressClasses = [
  'public',
  'private',
  'loopback',
  'link_local',
  'unique_local',
  'carrier_grade_nat',
  'unspecified',
  'broadcast',
  'multicast',
  'documentation',
  'benchmarking',
  'ipv4_mapped',
  'nat64',
  '6to4',
  'teredo',
  'reserved',
] as const;

type AddressClass = (typeof addressClasses)[number];

const facts = z.strictObject({
  valid: z.boolean(),
  reason: z.enum(['empty', 'not_an_address']).optional().describe('Why it is not valid.'),
  version: z.union([z.literal(4), z.literal(6)]).optional(),
  normalized: z.string().optional().describe('The usual spelling (RFC 5952 for IPv6).'),
  class: z.enum(addressClasses).optional().describe('What the address is set aside for.'),
  public: z.boolean().optional().describe('Whether it can be reached over the public internet.'),
  embedded: z.string().optional().describe('The IPv4 address that an IPv4-mapped or NAT64 address carries.'),
  reverseName: z.string().optional().describe('The name under which DNS has its pointer.'),
  country: z
    .strictObject({ code: z.string(), name: z.string().optional() })
    .optional()
    .describe('Where the network is registered, which need not be where its user is.'),
});

export const ip = defineFieldKind({
  input: z.string().max(250).describe('An IPv4 or IPv6 address.'),
  facts,
  async enrich(value) {
    const { source } = await countryDatabase();
    const sources = [ownRules, await packageSource('ipaddr.js', 'MIT'), source];
    return { facts: await dissectAddress(value.trim()), sources };
  },
});

export async function dissectAddress(text: string): Promise<z.output<typeof facts>> {
  if (text === '') return { valid: false, reason: 'empty' };
  const [address = '', zone] = text.replace(/^\[(.*)\]$/, '$1').split('%');
  const version = isIP(address);
  // A zone names an interface of one machine, and is left out of all that follows.
  if (version === 0 || zone === '') return { valid: false, reason: 'not_an_address' };

  const normalized = version === 4 ? address : new URL(`http://[${address}]`).hostname.slice(1, -1);
  const { default: ipaddr } = await import('ipaddr.js');
  const parsed = ipaddr.parse(normalized);
  const addressClass = classOf(parsed.range(), parsed.toByteArray());
  const carried = addressClass === 'ipv4_mapped' || addressClass === 'nat64';
  const embedded = carried ? parsed.toByteArray().slice(12).join('.') : undefined;
  const country = await countryOf(embedded ?? normalized, addressClass);
  return {
    valid: true,
    version: version === 4 ? 4 : 6,
    // RFC 5952, 5: the one prefix whose IPv4 part keeps its dots.
    normalized: addressClass === 'ipv4_mapped' ? `::ffff:${embedded}` : normalized,
    class: addressClass,
    public: addressClass === 'public',
    ...(embedded === undefined ? {} : { embedded }),
    reverseName: reverseName(parsed.toByteArray()),
    ...(country === undefined ? {} : { country }),
  };
}

async function countryOf(address: string, addressClass: AddressClass) {
  if (!['public', 'ipv4_mapped', 'nat64'].includes(addressClass)) return undefined;
  const code = (await countryDatabase()).countryOf(address);
  if (code === undefined) return undefined;
  const name = (await countryFacts(code))?.name;
  return name === undefined ? { code } : { code, name };
}

const classes: Readonly<Record<string, AddressClass>> = {
  unicast: 'public',
  private: 'private',
  loopback: 'loopback',
  linkLocal: 'link_local',
  uniqueLocal: 'unique_local',
  carrierGradeNat: 'carrier_grade_nat',
  unspecified: 'unspecified',
  broadcast: 'broadcast',
  multicast: 'multicast',
  benchmarking: 'benchmarking',
  ipv4Mapped: 'ipv4_mapped',
  rfc6052: 'nat64',
  '6to4': '6to4',
  teredo: 'teredo',
};

/** RFC 5737, RFC 3849, RFC 9637 and RFC 2544, which ipaddr.js counts among the reserved. */
const setAside: readonly [RegExp, AddressClass][] = [
  [/^(192\.0\.2|198\.51\.100|203\.0\.113)\./, 'documentation'],
  [/^198\.1[89]\./, 'benchmarking'],
  [/^32\.1\.13\.184\.|^63\.255\.(\d|1[0-5])\./, 'documentation'],
];

function classOf(range: string, bytes: readonly number[]): AddressClass {
  const dotted = bytes.join('.');
  if (range === 'reserved') return setAside.find(([pattern]) => pattern.test(dotted))?.[1] ?? 'reserved';
  // Of IPv6, only 2000::/3 is assigned to the public internet.
  if (range === 'unicast' && bytes.length === 16 && (bytes[0] ?? 0) >> 5 !== 1) return 'reserved';
  return classes[range] ?? 'reserved';
}

function reverseName(bytes: readonly number[]): string {
  if (bytes.length === 4) return `${[...bytes].reverse().join('.')}.in-addr.arpa`;
  const nibbles = bytes.flatMap((byte) => [byte >> 4, byte & 15]).map((nibble) => nibble.toString(16));
  return `${nibbles.reverse().join('.')}.ip6.arpa`;
}
