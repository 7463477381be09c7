/**
 * Which addresses a processor may call: public unicast ones, and those that the operator allows. An IPv6
 * address that carries an IPv4 address (mapped, NAT64) is judged as the IPv4 address it leads to; tunnels
 * (6to4, Teredo) and IPv4-compatible addresses are refused whatever they carry, nothing public needs them.
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

/** True for an address that may be called; false for everything else, text that is no address included. */
export type AddressCheck = (address: string) => boolean;

/**
 * @param allow Addresses (CIDR, or a single address) that may be called although they are not public.
 * @throws Error naming the entry that is neither.
 */
export function addressCheck(allow: readonly string[]): AddressCheck {
  const allowed = allow.map(parseRange);
  return (text) => {
    // A zone (`fe80::1%eth0`) names an interface of this machine: never public.
    if (isIP(text) === 0 || text.includes('%')) return false;
    const address = withoutWrapping(ipaddr.parse(hexadecimal(text)));
    return isPublic(address) || allowed.some((range) => contains(range, address));
  };
}

const isPublic = (address: Address): boolean =>
  address.range() === 'unicast' && (address.kind() === 'ipv4' || contains(globalUnicast, address));

/** The only IPv6 block that is assigned to the public internet (RFC 4291, 2.4; IANA's registry). */
const globalUnicast: Range = ipaddr.parseCIDR('2000::/3');
const nat64: Range = ipaddr.parseCIDR('64:ff9b::/96');

/** ipaddr.js takes `::8.8.8.8` for the mapped `::ffff:8.8.8.8`; in hexadecimal they cannot be confused. */
const hexadecimal = (text: string): string =>
  isIP(text) === 6 ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text;

function withoutWrapping(address: Address): Address {
  if (!(address instanceof ipaddr.IPv6)) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  if (contains(nat64, address)) return new ipaddr.IPv4(address.toByteArray().slice(12));
  return address;
}

const contains = ([network, bits]: Range, address: Address): boolean =>
  network.kind() === address.kind() && address.match(network, bits);

function parseRange(text: string): Range {
  try {
    const [address, bits] = text.includes('/')
      ? ipaddr.parseCIDR(text)
      : [ipaddr.parse(text), isIP(text) === 4 ? 32 : 128];
    return [address, bits];
  } catch {
    throw new Error(`outbound allow list: ${JSON.stringify(text)} is neither an address nor a CIDR range`);
  }
}
