/**
 * All our keys have the same hash tag, so of a cluster we need the one node that has their slot, and a connection to
 * it is like one to a single server: transactions, subscriptions and blocking commands are what they are there. Each
 * time it connects,
 *
 * 1. a node that is known is asked which node has the slot; the next one, where it does not answer,
 * 2. the connection is made to that node, and
 * 3. given up again where it is no master (any more); so it is when Redis answers that the slot has moved.
 */
import { connect as connectTcp, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { AbstractConnector, Redis, type RedisOptions } from 'ioredis';
import type { HostAndPort } from '../redis-url.js';

export interface ClusterOptions {
  /** Some of the nodes. */
  nodes: readonly HostAndPort[];
  /** Any key of ours. */
  key: string;
  user: Pick<RedisOptions, 'username' | 'password'>;
  tls: ConnectionOptions | undefined;
  /** For the answer of one node. */
  timeoutMs: number;
  /** Before all are asked again. */
  retryMs: number;
}

/** For the option `Connector` of ioredis: connections that have it share what they learn of the cluster. */
export function clusterConnector(options: ClusterOptions): RedisOptions['Connector'] {
  const { tls, retryMs } = options;
  let known = [...options.nodes];

  return class ClusterConnector extends AbstractConnector {
    constructor() {
      super(disconnectMs);
    }

    /** Rejects only when it is told to stop. */
    override async connect(emit: (event: string, error: Error) => void): Promise<Socket> {
      this.connecting = true;
      for (;;) {
        const master = await this.#findMaster(emit);
        if (!this.connecting) throw new Error('Connection is closed.');
        if (master !== undefined) {
          this.stream = tls === undefined ? connectTcp(master) : connectTls({ ...master, ...tls });
          this.stream.once('error', (error: Error) => {
            this.firstError = error;
          });
          return this.stream;
        }
        await pause(retryMs);
      }
    }

    /** Called for each of many commands that fail together. */
    override disconnect(): void {
      if (this.stream?.writableEnded) this.connecting = false;
      else super.disconnect();
    }

    override check({ role }: { role?: string }): boolean {
      return role === undefined || role === 'master';
    }

    async #findMaster(emit: (event: string, error: Error) => void): Promise<HostAndPort | undefined> {
      let problem: unknown;
      for (const node of [...known]) {
        try {
          const { master, nodes } = await ask(node, options);
          known = merged(nodes, options.nodes);
          return master;
        } catch (error) {
          problem = error;
          // Whoever asks next begins with another.
          known = [...known.filter((other) => !isSame(other, node)), node];
        }
        if (!this.connecting) return undefined;
      }
      emit('error', new Error(`no node of the cluster tells where our keys are: ${String(problem)}`));
      return undefined;
    }
  };
}

/** How long a connection may take to close, in milliseconds. */
const disconnectMs = 2_000;

/** Which node has the slot, and which nodes there are; the master first. */
async function ask(
  node: HostAndPort,
  { key, user, tls, timeoutMs }: ClusterOptions,
): Promise<{ master: HostAndPort; nodes: HostAndPort[] }> {
  const redis = new Redis({
    ...node,
    ...user,
    ...(tls === undefined ? {} : { tls }),
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    disableClientInfo: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
  });
  // Says more than the rejection: that a password is wrong, or a certificate.
  let cause: Error | undefined;
  redis.on('error', (error: Error) => {
    cause ??= error;
  });
  try {
    await redis.connect();
    const [slot, ranges] = await Promise.all([redis.cluster('KEYSLOT', key), redis.cluster('SLOTS')]);
    const shards = (ranges as SlotRange[]).map(([first, last, ...members]) => ({
      first,
      last,
      // A node that does not know its own name leaves it out: it is the one that was asked.
      members: members.map(([host, port]) => ({ host: host || node.host, port })),
    }));
    const ours = shards.find(({ first, last }) => first <= slot && slot <= last);
    const [master] = ours?.members ?? [];
    if (master === undefined) throw new Error(`no node has slot ${slot}`);
    return { master, nodes: [...(ours?.members ?? []), ...shards.flatMap(({ members }) => members)] };
  } catch (error) {
    throw cause ?? error;
  } finally {
    redis.disconnect();
  }
}

/** As `CLUSTER SLOTS` answers: the first and the last slot, then the master, then its replicas. */
type SlotRange = [
  first: number,
  last: number,
  ...members: [host: string | null, port: number, ...unknown[]][],
];

const isSame = (one: HostAndPort, other: HostAndPort) => one.host === other.host && one.port === other.port;

const merged = (...lists: (readonly HostAndPort[])[]): HostAndPort[] =>
  lists.flat().filter((node, index, all) => all.findIndex((other) => isSame(node, other)) === index);
