/**
 * Connections to Redis. An API server must answer in time whatever Redis does, so its commands fail at once
 * when there is no connection, and after `timeoutMs` when there is no answer; nothing waits in a line to be
 * sent later, when the client has long been told that it failed. A worker has time: its commands wait for
 * Redis to return.
 *
 * Whether that is one server, a Sentinel group or a cluster, a connection leads to the one master that has our keys.
 * It is made anew, and the master looked for, when it breaks, when nothing comes for long although something should,
 * and when Redis answers that it is master no more.
 */
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { type ChainableCommander, Redis, type RedisOptions } from 'ioredis';
import { failure } from '../models/failure.js';
import { parseRedisUrl, type RedisLocation } from '../redis-url.js';
import { clusterConnector } from './cluster-connector.js';
import type { RedisAddress } from './redis-address.js';

export type Connection = Redis;

/** Commands fail fast. `timeoutMs` bounds the wait for one answer. */
export function connectImpatiently(address: RedisAddress | string, timeoutMs: number): Connection {
  return connect(address, impatient(timeoutMs));
}

/** For subscriptions, by commands that fail fast. Whoever holds it subscribes again after it was lost. */
export function connectToListen(address: RedisAddress | string, timeoutMs: number): Connection {
  return connect(address, { ...impatient(timeoutMs), autoResubscribe: false });
}

/** Commands wait until Redis is there; what BullMQ's Worker needs. */
export function connectPatiently(address: RedisAddress | string): Connection {
  return connect(address, {
    maxRetriesPerRequest: null,
    socketTimeout: patientSocketMs,
    // Sent again to whoever is master then. BullMQ takes such an answer for the failure of a job.
    reconnectOnError: ({ message }) => (isElsewhere(message) || isUnsettled(message) ? 2 : false),
  });
}

/** A patient connection on which nothing comes for so long is dead. BullMQ waits for jobs up to ten seconds at once. */
const patientSocketMs = 15_000;
/** How long a Sentinel, or a node of a cluster, may take to say who is master, in milliseconds. */
const lookUpMsMax = 2_000;
const retryMsMax = 1_000;

const impatient = (timeoutMs: number): RedisOptions => ({
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  commandTimeout: timeoutMs,
  connectTimeout: timeoutMs,
  socketTimeout: 2 * timeoutMs,
  reconnectOnError: ({ message }) => isElsewhere(message),
});

/** Redis says that somebody else is master. A script puts the word into its own error. */
const isElsewhere = (message: string) => /^(MOVED|READONLY|UNBLOCKED)\b|-READONLY\b/.test(message);

/** A cluster says that it cannot for now. */
const isUnsettled = (message: string) => /^(CLUSTERDOWN|MASTERDOWN|TRYAGAIN|ASK)\b/.test(message);

function connect(given: RedisAddress | string, options: RedisOptions): Connection {
  const address = typeof given === 'string' ? { url: given, prefix: '', tls: {} } : given;
  const retryStrategy = (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), retryMsMax);
  return new Redis({
    ...optionsFor(address, options),
    ...options,
    retryStrategy,
    // A command that a user must be allowed, for the name of a library.
    disableClientInfo: true,
  });
}

function optionsFor({ url, prefix, tls: material }: RedisAddress, given: RedisOptions): RedisOptions {
  const location = parseRedisUrl(url);
  const { username, password, db } = location;
  const user = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
  const tls = location.tls ? { ...material, ...serverNameOf(location) } : undefined;
  const lookUpMs = Math.min(lookUpMsMax, given.commandTimeout ?? lookUpMsMax);
  switch (location.kind) {
    case 'socket':
      return { ...user, db, path: location.path };
    case 'server':
      return { ...user, db, host: location.host, port: location.port, ...(tls === undefined ? {} : { tls }) };
    case 'sentinel': {
      const { sentinels, group, sentinelUsername, sentinelPassword } = location;
      return {
        ...user,
        db,
        sentinels,
        name: group,
        ...(sentinelUsername === undefined ? {} : { sentinelUsername }),
        ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
        ...(tls === undefined ? {} : { tls, sentinelTLS: tls, enableTLSForSentinelMode: true }),
        sentinelCommandTimeout: lookUpMs,
        connectTimeout: lookUpMs,
        sentinelRetryStrategy: () => retryMsMax / 4,
      };
    }
    case 'cluster': {
      const { nodes } = location;
      const Connector = clusterConnector({
        nodes,
        key: `${prefix}:`,
        user,
        tls,
        timeoutMs: lookUpMs,
        retryMs: retryMsMax / 4,
      });
      return { ...user, ...(tls === undefined ? {} : { tls }), Connector, connectTimeout: lookUpMs };
    }
  }
}

/** A server name is a name (RFC 6066): an address goes without one, and so do servers that are looked up. */
function serverNameOf(location: RedisLocation): ConnectionOptions {
  return location.kind === 'server' && isIP(location.host) === 0 ? { servername: location.host } : {};
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
