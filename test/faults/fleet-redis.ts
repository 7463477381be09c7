/** What a fleet has for its Redis: one behind a network that can break, or a group in which another can take over. */
import type { Writable } from 'node:stream';
import { Redis } from 'ioredis';
import { type PrivateRedis, startPrivateRedis } from '../../src/queue/private-redis/start.js';
import { type Group, type RedisServer, startSentinelGroup } from '../support/redis-servers.js';
import { until } from '../support/until.js';
import { type Network, RedisProxy } from './redis-proxy.js';

export type FleetRedis = OneRedis | RedisGroup;

/** How soon a connection of the tests is made anew, in milliseconds. */
const retryMs = 50;

/** With an append-only file, started again on the same data when it is killed. */
export class OneRedis {
  private constructor(
    readonly redis: PrivateRedis,
    readonly proxy: RedisProxy,
  ) {}

  static async start(folder: string, print: (line: string) => void): Promise<OneRedis> {
    const redis = await startPrivateRedis({ dataDir: folder, cacheDir: './.cache', log: print });
    return new OneRedis(redis, await RedisProxy.open(redis.socketPath));
  }

  /** For the servers, through the network. */
  get url(): string {
    return `redis://:${this.#password}@127.0.0.1:${this.proxy.port}`;
  }

  /** Past the network of the servers. */
  connect(): Redis {
    return new Redis({
      path: this.redis.socketPath,
      password: this.#password,
      retryStrategy: () => retryMs,
    });
  }

  /** Held open by the servers, so that Redis outlives them. */
  lifeline(): Writable | undefined {
    return this.redis.lifeline();
  }

  setNetwork(network: Network): void {
    this.proxy.set(network);
  }

  /** Resolves when it is back. */
  async kill(): Promise<void> {
    const pid = this.redis.serverPid();
    process.kill(pid, 'SIGKILL');
    await until(() => this.redis.serverPid() !== pid);
  }

  async stop(): Promise<void> {
    await this.proxy.close();
    await this.redis.stop();
  }

  get #password(): string {
    return new URL(this.redis.url).password;
  }
}

/** A master, a replica and three Sentinels. */
export class RedisGroup {
  private constructor(readonly group: Group) {}

  static async start(): Promise<RedisGroup> {
    return new RedisGroup(await startSentinelGroup());
  }

  get url(): string {
    return this.group.url;
  }

  connect(): Redis {
    return new Redis({
      sentinels: this.#sentinels.map(({ port }) => ({ host: '127.0.0.1', port })),
      name: 'mymaster',
      retryStrategy: () => retryMs,
      sentinelRetryStrategy: () => retryMs,
    });
  }

  lifeline(): Writable | undefined {
    return undefined;
  }

  /**
   * Kills the master, with everything that it has answered at its replica: what the replica had not yet is lost, and
   * that is documented. Resolves when the replica has taken its place.
   */
  async failOver(): Promise<void> {
    const master = await until(() => this.#master());
    const replica = this.#replicaOf(master);
    await master.ask((redis) => redis.call('CLIENT', 'PAUSE', 60_000, 'WRITE'));
    await until(async () => {
      const [written, received] = await Promise.all([factOf(master, offset), factOf(replica, offset)]);
      return written !== undefined && written === received;
    });
    await master.kill();
    await until(async () => (await this.#master()) === replica);
  }

  /** Starts the one that was killed, as the replica of the other. Resolves when it could take over in turn. */
  async restore(): Promise<void> {
    const master = await until(() => this.#master());
    const replica = this.#replicaOf(master);
    await replica.restart();
    await replica.ask((redis) => redis.replicaof('127.0.0.1', master.port));
    await until(async () => (await factOf(replica, 'master_link_status')) === 'up');
    for (const sentinel of this.#sentinels) await until(() => knowsReplica(sentinel));
  }

  async stop(): Promise<void> {
    await this.group.close();
  }

  get #sentinels(): RedisServer[] {
    return this.group.servers.slice(2);
  }

  async #master(): Promise<RedisServer | undefined> {
    for (const server of this.group.servers.slice(0, 2))
      if ((await factOf(server, 'role')) === 'master') return server;
    return undefined;
  }

  #replicaOf(master: RedisServer): RedisServer {
    const [other] = this.group.servers.slice(0, 2).filter((server) => server !== master);
    if (other === undefined) throw new Error('expected a master and a replica');
    return other;
  }
}

/** How far in the stream of its writes a master, or a replica, has come. */
const offset = 'master_repl_offset';

/** Undefined of one that is gone. */
async function factOf(server: RedisServer, name: string): Promise<string | undefined> {
  const facts = await server.ask((redis) => redis.info('replication')).catch(() => '');
  return new RegExp(`^${name}:(\\S+)`, 'm').exec(facts)?.[1];
}

/** Whether this Sentinel would make the replica the master. */
async function knowsReplica(sentinel: RedisServer): Promise<boolean> {
  const [replica] = (await sentinel.ask((redis) =>
    redis.call('SENTINEL', 'REPLICAS', 'mymaster'),
  )) as string[][];
  const of = (name: string) => replica?.[replica.indexOf(name) + 1];
  return of('flags') === 'slave' && of('master-link-status') === 'ok';
}
