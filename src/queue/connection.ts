/**
 * Connections to Redis. An API server must answer in time whatever Redis does, so its commands fail at once
 * when there is no connection, and after `timeoutMs` when there is no answer; nothing waits in a line to be
 * sent later, when the client has long been told that it failed. A worker has time: its commands wait for
 * Redis to return.
 */
import { isIP } from 'node:net';
import { type ChainableCommander, Redis, type RedisOptions } from 'ioredis';
import { failure } from '../models/failure.js';

export type Connection = Redis;

/** Commands fail fast. `timeoutMs` bounds the wait for one answer. */
export function connectImpatiently(url: string, timeoutMs: number): Connection {
  return connect(url, impatient(timeoutMs));
}

/** For subscriptions, by commands that fail fast. Whoever holds it subscribes again after it was lost. */
export function connectToListen(url: string, timeoutMs: number): Connection {
  return connect(url, { ...impatient(timeoutMs), autoResubscribe: false });
}

/** Commands wait until Redis is there; what BullMQ's Worker needs. */
export function connectPatiently(url: string): Connection {
  return connect(url, { maxRetriesPerRequest: null });
}

const impatient = (timeoutMs: number): RedisOptions => ({
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  commandTimeout: timeoutMs,
  connectTimeout: timeoutMs,
});

/**
 * A connection that has swallowed a command for this long is dead, in milliseconds: the network has forgotten it, and
 * nobody says so. Longer than BullMQ's longest blocking command, which takes 10 s.
 */
const silenceMsMax = 15_000;

function connect(url: string, options: RedisOptions): Connection {
  const retryStrategy = (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), 1_000);
  return new Redis({ ...addressOf(url), ...options, retryStrategy, socketTimeout: silenceMsMax });
}

/** `redis:`, `rediss:` and `unix://:password@localhost/path/of.sock`. */
function addressOf(url: string): RedisOptions {
  const { protocol, hostname, port, username, password, pathname, searchParams } = new URL(url);
  const user = {
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  };
  if (protocol === 'unix:')
    return { ...user, path: decodeURIComponent(pathname), db: Number(searchParams.get('db') ?? 0) };
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    ...user,
    host,
    port: port === '' ? 6379 : Number(port),
    db: Number(pathname.slice(1) || 0),
    // A server name is a name (RFC 6066): an address goes without one.
    ...(protocol === 'rediss:' ? { tls: isIP(host) === 0 ? { servername: host } : {} } : {}),
  };
}

/**
 * The answer of Redis, or a Failure `queue_unavailable` after `timeoutMs`. Covers what a command's own time
 * limit does not: BullMQ's waiting for a connection to become ready.
 */
export async function answered<Answer>(timeoutMs: number, ask: () => Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer for ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([ask(), late]);
  } catch (cause) {
    throw failure(
      'queue_unavailable',
      'The queue does not answer. Try again shortly; with an Idempotency-Key that never makes two jobs.',
      {
        cause,
      },
    );
  } finally {
    clearTimeout(timer);
  }
}

/** The answers to all commands of a pipeline or a transaction. @throws what Redis answers to any, where it refuses */
export async function answersOf(commands: ChainableCommander): Promise<unknown[]> {
  return ((await commands.exec()) ?? []).map(([error, answer]) => {
    if (error !== null) throw error;
    return answer;
  });
}
