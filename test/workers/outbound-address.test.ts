import { describe, expect, it } from 'vitest';
import { addressCheck } from '../../src/workers/outbound-address.js';

describe('the addresses that a processor may call', () => {
  const permitted = addressCheck([]);

  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '93.184.216.34',
    '172.15.255.255',
    '172.32.0.1',
    '100.63.255.255',
    '2606:4700:4700::1111',
    '2a00:1450:4001:800::200e',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
  ])('include the public %s', (address) => expect(permitted(address)).toBe(true));

  it.each([
    ['this network', '0.0.0.0'],
    ['this network', '0.1.2.3'],
    ['private', '10.0.0.1'],
    ['private', '172.16.0.1'],
    ['private', '192.168.1.1'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.254'],
    ['link-local, where clouds keep their metadata', '169.254.169.254'],
    ['IETF protocols', '192.0.0.1'],
    ['documentation', '192.0.2.1'],
    ['documentation', '198.51.100.1'],
    ['documentation', '203.0.113.1'],
    ['6to4 relay', '192.88.99.1'],
    ['benchmarks', '198.18.0.1'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['unspecified', '::'],
    ['loopback', '::1'],
    ['IPv4-mapped', '::ffff:127.0.0.1'],
    ['IPv4-mapped', '::ffff:a00:1'],
    ['IPv4-compatible', '::127.0.0.1'],
    ['IPv4-compatible, even of a public address', '::8.8.8.8'],
    ['IPv4-translated', '::ffff:0:127.0.0.1'],
    ['NAT64 of a private address', '64:ff9b::10.0.0.1'],
    ['NAT64 of the metadata address', '64:ff9b::a9fe:a9fe'],
    ['local NAT64', '64:ff9b:1::8.8.8.8'],
    ['6to4 of a private address', '2002:a00:1::'],
    ['6to4 of a public address', '2002:808:808::'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:f5ff:fffe'],
    ['documentation', '2001:db8::1'],
    ['documentation', '3fff::1'],
    ['benchmarks', '2001:2::1'],
    ['ORCHID', '2001:20::1'],
    ['discard', '100::1'],
    ['unique local', 'fc00::1'],
    ['unique local', 'fd12:3456:789a::1'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['a public address with a zone', '2606:4700:4700::1111%lo'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['unassigned', '4000::1'],
    ['no address', 'localhost'],
    ['no address', '0x7f.1'],
    ['no address', ''],
  ])('exclude %s: %s', (_what, address) => expect(permitted(address)).toBe(false));

  it('include what the operator allows, in every spelling of it, and nothing beside it', () => {
    const allowing = addressCheck(['10.1.0.0/16', '127.0.0.1', 'fd00::/8']);
    expect(allowing('10.1.2.3')).toBe(true);
    expect(allowing('::ffff:10.1.2.3')).toBe(true);
    expect(allowing('127.0.0.1')).toBe(true);
    expect(allowing('fd00::1')).toBe(true);
    expect(allowing('10.2.0.1')).toBe(false);
    expect(allowing('127.0.0.2')).toBe(false);
    expect(allowing('::1')).toBe(false);
  });

  it.each(['10.0.0.0/33', 'private', '', '10.0.0.0/'])('cannot be widened by %j, which is named', (entry) =>
    expect(() => addressCheck([entry])).toThrow(JSON.stringify(entry)),
  );
});
