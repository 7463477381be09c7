/**
 * The addresses of one host, all of them permitted, and the look-up that pins a connection to them. Refusing
 * as soon as one of them is not permitted leaves no choice to whoever controls the name.
 */
import { isIP, type LookupFunction } from 'node:net';
import { failure } from '../models/failure.js';
import type { AddressCheck } from './outbound-address.js';

export interface ResolvedAddress {
  address: string;
  family: number;
}

/** Name to addresses; the system's resolver when none is given. */
export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>;

interface Search {
  permitted: AddressCheck;
  resolve: Resolve;
  signal: AbortSignal;
}

/** @throws Failure `address_not_public` when any one of the host's addresses may not be called. */
export async function permittedAddresses(host: string, search: Search): Promise<readonly ResolvedAddress[]> {
  const addresses = await addressesOf(host, search);
  if (addresses.length === 0) throw failure('connection_failed', `${JSON.stringify(host)} has no address.`);
  if (addresses.every(({ address }) => search.permitted(address))) return addresses;
  // The address itself stays out of the detail: it would map the inside of the operator's network.
  throw failure('address_not_public', `${JSON.stringify(host)} is not at a public address.`, {
    cause: new Error(`${host} resolves to ${addresses.map(({ address }) => address).join(', ')}`),
  });
}

async function addressesOf(host: string, search: Search): Promise<readonly ResolvedAddress[]> {
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  // RFC 6761, 6.3: these names are this machine, whatever a resolver says.
  if (/(^|\.)localhost$/.test(host)) {
    const loopback = [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ];
    const allowed = loopback.filter(({ address }) => search.permitted(address));
    return allowed.length > 0 ? allowed : loopback;
  }
  return untilAborted(search.resolve(host), search.signal);
}

/** Answers with these addresses whatever name it is asked for. */
export const pinnedTo =
  (addresses: readonly ResolvedAddress[]): LookupFunction =>
  (_hostname, options, done) => {
    const first = addresses[0];
    if (options.all === true || first === undefined) done(null, [...addresses]);
    else done(null, first.address, first.family);
  };

function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
