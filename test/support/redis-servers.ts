/**
 * Real Redis servers of a test's own, in every arrangement that `REDIS_URL` can name: one, a Sentinel group, a cluster.
 * They are the program that the private Redis runs, each in a temporary folder, and are killed at the end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis, type RedisOptions } from 'ioredis';
import { findRedisBinary } from '../../src/queue/private-redis/find-binary.js';
import { commandOf } from '../../src/queue/private-redis/redis-binary.js';
import { until } from './until.js';

/** Beside what every server here has: an append-only file, nothing thrown away. */
export interface ServerOptions {
  settings?: readonly string[];
  /** How a test talks to it. */
  access?: RedisOptions;
  sentinel?: boolean;
  port?: number;
}

export interface RedisServer {
  port: number;
  /** `redis://127.0.0.1:PORT` */
  url: string;
  child: ChildProcess;
  /** Sends a command over a connection of its own, which is closed again. */
  ask<Answer>(question: (redis: Redis) => Promise<Answer>): Promise<Answer>;
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** The same again, on the same port and the same data. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** A test that fails may not come to close what it has started. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export async function startRedis(options: ServerOptions = {}): Promise<RedisServer> {
  const { settings = [], access = {}, sentinel = false } = options;
  const port = options.port ?? (await freePort());
  const folder = await mkdtemp(join(tmpdir(), 'jobwright-test-'));
  const file = join(folder, 'redis.conf');
  const durable = sentinel
    ? []
    : ['appendonly yes', 'appendfsync everysec', 'save ""', 'maxmemory-policy noeviction'];
  // A replica need not wait for others that may come.
  const common = sentinel ? [] : ['repl-diskless-sync-delay 0', ...durable];
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir "${folder}"`,
    'logfile redis.log',
    ...common,
    ...settings,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const binary = await findRedisBinary({ cacheDir: './.cache' });
  const [program = '', ...args] = [...commandOf(binary), file, ...(sentinel ? ['--sentinel'] : [])];

  const ask = async <Answer>(question: (redis: Redis) => Promise<Answer>): Promise<Answer> => {
    const redis = new Redis({
      host: '127.0.0.1',
      port,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      lazyConnect: true,
      enableReadyCheck: false,
      // One that is stopped takes connections.
      commandTimeout: 5_000,
      ...access,
    });
    redis.on('error', () => {});
    try {
      await redis.connect();
      return await question(redis);
    } finally {
      redis.disconnect();
    }
  };
  const launch = async () => {
    const child = spawn(program, args, { stdio: 'ignore' });
    running.add(child);
    child.once('exit', () => running.delete(child));
    await until(async () => {
      if (child.exitCode !== null)
        throw new Error(await readFile(join(folder, 'redis.log'), 'utf8').catch(() => 'no log'));
      // While it loads it answers with an error.
      return ask((redis) => redis.ping()).then(
        () => true,
        () => false,
      );
    });
    return child;
  };
  const server: RedisServer = {
    port,
    url: `redis://127.0.0.1:${port}`,
    child: await launch(),
    ask,
    async kill(signal = 'SIGKILL') {
      if (server.child.exitCode !== null || server.child.signalCode !== null) return;
      const ended = once(server.child, 'exit');
      server.child.kill(signal);
      await ended;
    },
    async restart() {
      server.child = await launch();
    },
    async close() {
      await server.kill();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return server;
}

export interface Group {
  url: string;
  /** In the order of their start; the first of a Sentinel group is its first master. */
  servers: RedisServer[];
  close(): Promise<void>;
}

/** A master, a replica, and three Sentinels that fail over within a few seconds. */
export async function startSentinelGroup(): Promise<Group> {
  const master = await startRedis();
  const replica = await startRedis({ settings: [`replicaof 127.0.0.1 ${master.port}`] });
  await until(() =>
    replica.ask((redis) => redis.info('replication').then((info) => info.includes('master_link_status:up'))),
  );
  const sentinels = await Promise.all(
    [1, 2, 3].map(() =>
      startRedis({
        sentinel: true,
        settings: [
          `sentinel monitor mymaster 127.0.0.1 ${master.port} 2`,
          'sentinel down-after-milliseconds mymaster 1500',
          'sentinel failover-timeout mymaster 3000',
        ],
      }),
    ),
  );
  // They learn of each other, and of the replica, from the master. From Redis 7 on they can be told to look more often.
  // Not to ping more often: a replica counts as stale after five periods of it, and of a lost master's they ask once a
  // second, so that they would find nobody to take its place, and try again only after twice the failover timeout.
  const periods = ['INFO-PERIOD', 'ASK-PERIOD', 'PUBLISH-PERIOD'].flatMap((name) => [name, '200']);
  for (const sentinel of sentinels)
    await sentinel.ask((redis) => redis.call('SENTINEL', 'DEBUG', ...periods)).catch(() => {});
  for (const sentinel of sentinels)
    await until(() =>
      sentinel.ask(async (redis) => {
        const facts = (await redis.call('SENTINEL', 'MASTER', 'mymaster')) as
          | string[]
          | Record<string, string>;
        const of = (name: string) => (Array.isArray(facts) ? facts[facts.indexOf(name) + 1] : facts[name]);
        return of('num-other-sentinels') === '2' && of('num-slaves') === '1';
      }),
    );
  return group(`redis-sentinel://${hostsOf(sentinels)}/mymaster`, [master, replica, ...sentinels]);
}

/**
 * Three masters that share the slots.
 *
 * @param nodeTimeoutMs After so long a node that says nothing has failed. Short is quick where one does fail, and wrong
 *   where the machine is merely busy.
 */
export async function startCluster(nodeTimeoutMs?: number): Promise<Group> {
  const servers = await Promise.all([1, 2, 3].map(() => startClusterNode(nodeTimeoutMs)));
  const [first] = servers;
  await Promise.all(
    servers.map((server, index) => {
      const slots = Array.from({ length: slotCount }, (_, slot) => slot);
      const own = slots.filter((slot) => Math.floor((slot * servers.length) / slotCount) === index);
      return server.ask(async (redis) => {
        await redis.cluster('ADDSLOTS', ...own);
        // Of two with the same epoch one takes another, some time after they have met; until then votes fail.
        await redis.cluster('SET-CONFIG-EPOCH', index + 1);
      });
    }),
  );
  for (const server of servers.slice(1)) await meet(server, first);
  for (const server of servers)
    await until(() =>
      server.ask(async (redis) => {
        const info = await redis.cluster('INFO');
        return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${servers.length}`);
      }),
    );
  return group(`redis-cluster://${hostsOf(servers)}`, servers);
}

/** Adds a replica of one of the masters, ready to take its place: it has all data, and whoever votes for it hears it. */
export async function addReplica(
  cluster: Group,
  master: RedisServer,
  nodeTimeoutMs?: number,
): Promise<RedisServer> {
  const replica = await startClusterNode(nodeTimeoutMs);
  const masters = [...cluster.servers];
  cluster.servers.push(replica);
  // Each at once: by hearsay it takes seconds.
  for (const other of masters) await meet(replica, other);
  const masterId = await nodeId(master);
  const succeeds = (asked: Promise<unknown>) =>
    asked.then(
      () => true,
      () => false,
    );
  await until(() => succeeds(replica.ask((redis) => redis.cluster('REPLICATE', masterId))));
  await until(() => isInStep(replica));
  for (const other of masters) {
    await until(() => hears(other, replica));
    await until(() => hears(replica, other));
  }
  return replica;
}

const isInStep = (replica: RedisServer) =>
  replica.ask(async (redis) => (await redis.info('replication')).includes('master_link_status:up'));

/**
 * What comes over a link that a node cannot yet attribute to another is ignored, requests for a failover and votes
 * included; it can from the first PING on, which may be seconds after they have met. Redis 6 had no such links.
 */
async function hears(server: RedisServer, other: RedisServer): Promise<boolean> {
  const id = await nodeId(other);
  const links = await server.ask((redis) => redis.call('CLUSTER', 'LINKS')).catch(() => undefined);
  if (!Array.isArray(links)) return true;
  return (links as unknown[][]).some(([, direction, , node]) => direction === 'from' && node === id);
}

const nodeId = (server: RedisServer) => server.ask(async (redis) => String(await redis.cluster('MYID')));

const slotCount = 16_384;
const nodeTimeoutMsDefault = 10_000;

async function startClusterNode(nodeTimeoutMs = nodeTimeoutMsDefault): Promise<RedisServer> {
  const port = await freePort();
  return startRedis({
    port,
    settings: [
      'cluster-enabled yes',
      `cluster-node-timeout ${nodeTimeoutMs}`,
      'cluster-require-full-coverage no',
    ],
  });
}

const meet = (server: RedisServer, other: RedisServer | undefined) =>
  server.ask((redis) => redis.cluster('MEET', '127.0.0.1', other?.port ?? 0));

const hostsOf = (servers: readonly RedisServer[]) => servers.map(({ port }) => `127.0.0.1:${port}`).join();

const group = (url: string, servers: RedisServer[]): Group => ({
  url,
  servers,
  close: async () => void (await Promise.all(servers.map((server) => server.close()))),
});

/** A node of a cluster has a second port, ten thousand above, and neither is among those that clients get. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 10_000);
    if ((await isFree(port)) && (await isFree(port + 10_000))) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
