/**
 * All of Jobwright as real processes: a Redis with an append-only file, a network that can break between it and the
 * others, two API servers and three workers, each kept running as `npm start` keeps them. Remembers when a server was
 * down on purpose and when Redis was out of reach, so that what clients saw can be held against it.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { SupervisedServer } from '../../src/cli/supervised-server.js';
import { type PrivateRedis, startPrivateRedis } from '../../src/queue/private-redis/start.js';
import { type Network, RedisProxy } from './redis-proxy.js';

/** Of this machine's clock, in milliseconds; what is still so has no end. */
export interface Span {
  fromMs: number;
  toMs: number;
}

/** Redis was out of reach, for all of it or, where it came back at a moment that nobody knows, for some of it. */
export interface Away extends Span {
  isSure: boolean;
}

export interface FleetOptions {
  apiServers?: number;
  workers?: number;
  lockMs?: number;
  shutdownGraceMs?: number;
  print?: (line: string) => void;
}

/** A connection that answers nothing is given up after 15 s; until there is a new one, in milliseconds. */
const forgottenMsMax = 16_500;

export class FleetServer {
  /** While it was ended or frozen, until it said that it was ready again. */
  readonly downs: Span[] = [];

  constructor(
    readonly name: string,
    readonly server: SupervisedServer,
    /** Of an API server. */
    readonly url: string | undefined,
  ) {}

  get pid(): number {
    const { pid } = this.server;
    if (pid === undefined) throw new Error(`${this.name} is not running`);
    return pid;
  }

  get isUp(): boolean {
    return this.downs.at(-1)?.toMs !== Infinity;
  }

  down(): void {
    if (this.isUp) this.downs.push({ fromMs: Date.now(), toMs: Infinity });
  }

  up(): void {
    const last = this.downs.at(-1);
    if (last !== undefined && last.toMs === Infinity) last.toMs = Date.now();
  }
}

export class Fleet {
  readonly redisAways: Away[] = [];
  /** While Redis answered, and late. */
  readonly redisSlows: Span[] = [];
  /** How often jobs may have lost a worker: one killed, frozen or cut off. */
  losses = 0;

  private constructor(
    readonly folder: string,
    readonly redis: PrivateRedis,
    readonly proxy: RedisProxy,
    readonly apiServers: readonly FleetServer[],
    readonly workers: readonly FleetServer[],
    readonly lockMs: number,
    readonly prefix: string,
    /** What the supervisor of a server said although nobody had touched it. */
    readonly surprises: readonly string[],
  ) {}

  static async start(options: FleetOptions = {}): Promise<Fleet> {
    const {
      apiServers = 2,
      workers = 3,
      lockMs = 1_500,
      shutdownGraceMs = 3_000,
      print = () => {},
    } = options;
    const folder = await mkdtemp(join(tmpdir(), 'jobwright-faults-'));
    await mkdir(join(folder, 'effects'));
    const redis = await startPrivateRedis({ dataDir: folder, cacheDir: './.cache', log: print });
    const proxy = await RedisProxy.open(redis.socketPath);
    const prefix = '{faults}';
    const surprises: string[] = [];
    const environment = {
      NODE_ENV: 'test',
      NODE_OPTIONS: '',
      REDIS_URL: `redis://:${new URL(redis.url).password}@127.0.0.1:${proxy.port}`,
      REDIS_PREFIX: prefix,
      DATA_DIR: folder,
      JOB_TYPES: resolve('test/faults/job-types'),
      LOCK_MS: String(lockMs),
      SHUTDOWN_GRACE_MS: String(shutdownGraceMs),
      RATE_LIMIT: '0',
      TYPES: 'ledger_entry,heavy_entry,calculation',
      LOG_LEVEL: 'fatal',
    };
    const make = async (name: string, entry: string, port?: number) => {
      const server: FleetServer = new FleetServer(
        name,
        new SupervisedServer(
          {
            name,
            program: process.execPath,
            args: ['--import', 'tsx', entry],
            environment: port === undefined ? {} : { PORT: String(port) },
          },
          {
            environment,
            lifeline: () => redis.lifeline(),
            print: (line) => {
              if (line.endsWith('is back.')) server.up();
              else if (server.isUp) surprises.push(line);
              print(line);
            },
            stopMsMax: shutdownGraceMs + 3_000,
          },
        ),
        port === undefined ? undefined : `http://127.0.0.1:${port}`,
      );
      return server;
    };
    const all = await Promise.all([
      ...Array.from({ length: apiServers }, async (_, index) =>
        make(`API server ${index + 1}`, 'src/index.ts', await freePort()),
      ),
      ...Array.from({ length: workers }, (_, index) =>
        make(`worker server ${index + 1}`, 'src/workers/worker-server.ts'),
      ),
    ]);
    const fleet = new Fleet(
      folder,
      redis,
      proxy,
      all.slice(0, apiServers),
      all.slice(apiServers),
      lockMs,
      prefix,
      surprises,
    );
    try {
      await Promise.all(all.map(({ server }) => server.start()));
    } catch (error) {
      await fleet.stop();
      throw error;
    }
    return fleet;
  }

  /** Where jobs leave what they do. */
  get effectsFolder(): string {
    return join(this.folder, 'effects');
  }

  get servers(): readonly FleetServer[] {
    return [...this.apiServers, ...this.workers];
  }

  /** Breaks the network for this long, in milliseconds. */
  async withNetwork(network: Network, ms: number): Promise<void> {
    const span: Away = { fromMs: Date.now(), toMs: Infinity, isSure: true };
    if (typeof network === 'object') this.redisSlows.push(span);
    else this.redisAways.push(span);
    if (ms > this.lockMs) this.losses += 1;
    this.proxy.set(network);
    await new Promise((done) => setTimeout(done, ms));
    this.proxy.set('open');
    span.toMs = Date.now();
  }

  /** All connections to Redis die without a word. Resolves when the servers must have noticed. */
  async forgetConnections(): Promise<void> {
    const fromMs = Date.now();
    this.redisSlows.push({ fromMs, toMs: fromMs + forgottenMsMax });
    this.losses += 1;
    this.proxy.forget();
    await new Promise((done) => setTimeout(done, forgottenMsMax));
  }

  /** Kills Redis. Resolves when it is back, with the data that it had on its disk. */
  async killRedis(): Promise<void> {
    const pid = this.redis.serverPid();
    const span: Away = { fromMs: Date.now(), toMs: Infinity, isSure: false };
    this.redisAways.push(span);
    this.losses += 1;
    process.kill(pid, 'SIGKILL');
    while (this.redis.serverPid() === pid) await new Promise((done) => setTimeout(done, 5));
    span.toMs = Date.now();
  }

  /** Resolves when all servers are up. */
  async whole(): Promise<void> {
    while (!this.servers.every(({ isUp }) => isUp)) await new Promise((done) => setTimeout(done, 20));
  }

  /** Stops everything. The folder is left only where it is asked for. */
  async stop({ keepFolder = false } = {}): Promise<void> {
    this.proxy.set('open');
    await Promise.all(this.servers.map(({ server }) => server.stop()));
    await this.proxy.close();
    await this.redis.stop();
    if (!keepFolder) await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
