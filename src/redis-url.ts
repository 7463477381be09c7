/**
 * What a `REDIS_URL` says: one server, a group that Sentinels watch, or a cluster.
 *
 *     redis://[user:password@]host[:6379][/db]                     rediss:// with TLS
 *     unix://[:password@]localhost/path/of.sock[?db=0]
 *     redis-sentinel://[user:password@]host[:26379],…/group[?db=0&sentinelUsername=…&sentinelPassword=…]
 *     redis-cluster://[user:password@]host[:6379],…                rediss-sentinel:// and rediss-cluster:// with TLS
 */
import { isIPv6 } from 'node:net';

export interface HostAndPort {
  host: string;
  port: number;
}

interface Common {
  /** Of Redis itself. */
  username?: string;
  password?: string;
  tls: boolean;
  db: number;
}

export type RedisLocation = Common &
  (
    | ({ kind: 'server' } & HostAndPort)
    | { kind: 'socket'; path: string }
    | {
        kind: 'sentinel';
        sentinels: HostAndPort[];
        /** Under which the Sentinels know the master. */
        group: string;
        sentinelUsername?: string;
        sentinelPassword?: string;
      }
    /** Some of its nodes; the others are learned from them. */
    | { kind: 'cluster'; nodes: HostAndPort[] }
  );

/** All schemes, for a message. */
export const redisUrlForms = 'redis://…, rediss://…, unix://…, redis-sentinel://… or redis-cluster://…';

const sentinelParameters = ['db', 'sentinelUsername', 'sentinelPassword'];

/** Throws an Error whose message says what is expected instead. */
export function parseRedisUrl(url: string): RedisLocation {
  const [, scheme = '', authority = '', path = '', query = ''] =
    /^(rediss?|unix|rediss?-sentinel|rediss?-cluster):\/\/([^\s/?#]*)(\/[^\s?#]*)?(?:\?([^\s#]*))?$/.exec(
      url,
    ) ?? [];
  if (scheme === '') throw new Error(`expected ${redisUrlForms}`);
  const at = authority.lastIndexOf('@');
  const common = { ...userOf(authority.slice(0, Math.max(0, at))), tls: scheme.startsWith('rediss') };
  const hosts = authority.slice(at + 1);
  const place = decoded(path.slice(1));
  switch (scheme) {
    case 'unix': {
      const { db } = parametersOf(query, ['db']);
      if (place === '') throw new Error('expected the path of a socket, as in unix:///run/redis.sock');
      return { kind: 'socket', path: `/${place}`, ...common, db: databaseOf(db) };
    }
    case 'redis':
    case 'rediss': {
      parametersOf(query, []);
      const [only, second] = hostsOf(hosts, 6379);
      if (only === undefined || second !== undefined)
        throw new Error('expected one host; several are redis-sentinel://… or redis-cluster://…');
      return { kind: 'server', ...only, ...common, db: databaseOf(place) };
    }
    case 'redis-cluster':
    case 'rediss-cluster':
      parametersOf(query, []);
      if (place !== '') throw new Error('expected nothing after the hosts: a cluster has no databases');
      return { kind: 'cluster', nodes: hostsOf(hosts, 6379), ...common, db: 0 };
    default: {
      const { db, ...sentinelUser } = parametersOf(query, sentinelParameters);
      if (!/^[\w.-]+$/.test(place))
        throw new Error(
          'expected the name of the group after the hosts, as in redis-sentinel://host/mymaster',
        );
      const sentinels = hostsOf(hosts, 26_379);
      return { kind: 'sentinel', sentinels, group: place, ...sentinelUser, ...common, db: databaseOf(db) };
    }
  }
}

/** Of Redis and of the Sentinels, those that there are. */
export function passwordsOf(location: RedisLocation): string[] {
  const { password, sentinelPassword } = { sentinelPassword: undefined, ...location };
  return [password, sentinelPassword].filter((given) => given !== undefined);
}

/** The part of a key in braces: of all keys with the same one, a cluster makes one slot. */
export const hashTagOf = (prefix: string): string | undefined => /^[^{]*\{([^}]+)\}/.exec(prefix)?.[1];

function userOf(given: string): Pick<Common, 'username' | 'password'> {
  const [, username = '', password = ''] = /^([^:]*)(?::(.*))?$/s.exec(given) ?? [];
  return {
    ...(username === '' ? {} : { username: decoded(username) }),
    ...(password === '' ? {} : { password: decoded(password) }),
  };
}

function hostsOf(text: string, portDefault: number): HostAndPort[] {
  return text.split(',').map((entry) => {
    const [, bracketed, name, digits = String(portDefault)] =
      /^(?:\[([0-9a-fA-F:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(entry) ?? [];
    const host = bracketed ?? name ?? '';
    const port = Number(digits);
    if (host === '' || (bracketed !== undefined && !isIPv6(bracketed)) || port > 65_535)
      throw new Error('expected a URL with a port up to 65535, and an IPv6 address in brackets');
    return { host, port };
  });
}

function databaseOf(text = '0'): number {
  if (!/^\d*$/.test(text))
    throw new Error('expected the number of a database after the host, as in redis://host/2');
  return Number(text);
}

function parametersOf<Name extends string>(query: string, names: Name[]): { [Key in Name]?: string } {
  const pairs = query.split('&').filter((pair) => pair !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', value = ''] = pair.split('=', 2);
      if (name === 'tls')
        throw new Error('expected rediss at the start of the URL, for TLS, and no parameter tls');
      if (!names.some((known) => known === name))
        throw new Error(
          `expected ${names.length === 0 ? 'no parameters' : `only ${names.join(', ')}`} after the ?`,
        );
      return [name, decoded(value)];
    }),
  ) as { [Key in Name]?: string };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('expected %, where it is part of a password, a name or a path, written as %25');
  }
}
