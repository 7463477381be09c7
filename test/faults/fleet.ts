/**
 * All of Jobwright as real processes: a Redis, two API servers and three workers, each kept running as `npm start` keeps
 * them. Remembers when a server was down on purpose and when Redis was out of reach, so that what clients saw can be
 * held against it.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { SupervisedServer } from '../../src/cli/supervised-server.js';
import { until } from '../support/until.js';
import { type FleetRedis, OneRedis, RedisGroup } from './fleet-redis.js';
import type { Network } from './redis-proxy.js';

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
  /** Sentinels watch its Redis. */
  isGroup?: boolean;
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
    readonly redis: FleetRedis,
    readonly apiServers: readonly FleetServer[],
    readonly workers: readonly FleetServer[],
    readonly lockMs: number,
    readonly prefix: string,
    /** What the supervisor of a server said although nobody had touched it. */
    readonly surprises: readonly string[],
  ) {}

  static async start(options: FleetOptions = {}): Promise<Fleet> {
    const {
      isGroup = false,
      apiServers = 2,
      workers = 3,
      lockMs = 1_500,
      shutdownGraceMs = 3_000,
      print = () => {},
    } = options;
    const folder = await mkdtemp(join(tmpdir(), 'jobwright-faults-'));
    await mkdir(join(folder, 'effects'));
    const redis = isGroup ? await RedisGroup.start() : await OneRedis.start(folder, print);
    const prefix = '{faults}';
    const surprises: string[] = [];
    const environment = {
      NODE_ENV: 'test',
      NODE_OPTIONS: '',
      REDIS_URL: redis.url,
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
    this.#one.setNetwork(network);
    await new Promise((done) => setTimeout(done, ms));
    this.#one.setNetwork('open');
    span.toMs = Date.now();
  }

  /** All connections to Redis die without a word. Resolves when the servers must have noticed. */
  async forgetConnections(): Promise<void> {
    const fromMs = Date.now();
    this.redisSlows.push({ fromMs, toMs: fromMs + forgottenMsMax });
    this.losses += 1;
    this.#one.proxy.forget();
    await new Promise((done) => setTimeout(done, forgottenMsMax));
  }

  /** Kills Redis. Resolves when it is back, with the data that it had on its disk. */
  async killRedis(): Promise<void> {
    const one = this.#one;
    await this.#away(() => one.kill());
  }

  /** The master of the group is killed, and its replica takes over. Resolves when there is a replica again. */
  async failOver(): Promise<void> {
    const { redis } = this;
    if (!(redis instanceof RedisGroup)) throw new Error('one Redis has nothing to fail over to');
    await this.#away(() => redis.failOver());
    await redis.restore();
  }

  /** Resolves when all servers are up. */
  async whole(): Promise<void> {
    await until(() => this.servers.every(({ isUp }) => isUp));
  }

  /** Stops everything. The folder is left only where it is asked for. */
  async stop({ keepFolder = false } = {}): Promise<void> {
    if (this.redis instanceof OneRedis) this.redis.setNetwork('open');
    await Promise.all(this.servers.map(({ server }) => server.stop()));
    await this.redis.stop();
    if (!keepFolder) await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Redis is away while this lasts; when in it, nobody knows. */
  async #away(strike: () => Promise<void>): Promise<void> {
    const span: Away = { fromMs: Date.now(), toMs: Infinity, isSure: false };
    this.redisAways.push(span);
    this.losses += 1;
    await strike();
    span.toMs = Date.now();
  }

  get #one(): OneRedis {
    if (this.redis instanceof OneRedis) return this.redis;
    throw new Error('the network to a group does not break here');
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
