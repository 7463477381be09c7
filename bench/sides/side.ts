/**
 * A side: one of those that are compared. It is started with a private Redis of its own (the same program, the same
 * settings, a socket in its own folder), as separate processes, and offers the same few things as all others.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Connection, connectPatiently } from '../../src/queue/connection.js';
import { startPrivateRedis } from '../../src/queue/private-redis/start.js';
import type { LoadOrder } from '../load/order.js';

/** What a process does: `api`, `worker`, `redis`; `worker 2` where there are two. */
export type Role = string;

export interface SideOptions {
  /** Of the run; each side makes one of its own in it. */
  folder: string;
  /** The job type. */
  type: string;
  api?: boolean;
  /** How many jobs a worker runs at once; no worker when absent. */
  workers?: number;
  /** Worker servers; default 1, where `workers` is given. */
  workerServers?: number;
  /** As in `Options`. */
  profile?: string;
  /** Whether the live heap of its API is to be asked for. */
  inspected?: boolean;
  /** Settings of the platform beside the usual ones. */
  settings?: Record<string, string>;
}

export interface Side {
  name: string;
  open(options: SideOptions): Promise<OpenSide>;
}

/** How a job is sent to it, and asked for. */
export type Submission = Pick<LoadOrder, 'origin' | 'method' | 'paths' | 'body' | 'status' | 'headers'>;

export interface OpenSide {
  /** Where its API listens; empty where it has none. */
  origin: string;
  /** Of its processes, for their processor time and memory. */
  pids: Record<Role, number>;
  /** A request with one job, or with so many; undefined where it has no API, or knows no batches. */
  submission(jobs?: number): Submission | undefined;
  /** Submits one job; resolves with the path at which its state is read. */
  submitOne(): Promise<string>;
  /** Puts jobs into the queue by the fastest way that it has, nothing measured. */
  fill(jobs: number): Promise<void>;
  /** Finished jobs that it holds. */
  finished(): Promise<number>;
  /** Memory of its Redis, in bytes: what jobs take, without the buffers of connections; 0 where it has none. */
  storedBytes(): Promise<number>;
  /** What its API holds after a collection, in bytes, where it is `inspected`. */
  liveHeapBytes?(): Promise<number>;
  /** Forgets everything. */
  empty(): Promise<void>;
  close(): Promise<void>;
}

export interface SideRedis {
  url: string;
  pid: number;
  connection: Connection;
  /** Options of ioredis, for programs that know nothing of our URLs. */
  options: { path: string; password: string };
  description: string;
  stop(): Promise<void>;
}

/** A private Redis as the platform starts one: append-only file, synced at every write, no snapshots. */
export async function startSideRedis(folder: string): Promise<SideRedis> {
  await mkdir(folder, { recursive: true });
  const redis = await startPrivateRedis({ dataDir: join(folder, 'data'), cacheDir: './.cache' });
  const connection = connectPatiently(redis.url);
  return {
    url: redis.url,
    pid: redis.serverPid(),
    connection,
    options: { path: redis.socketPath, password: new URL(redis.url).password },
    description: redis.description.replace(/, socket .*/, ''),
    async stop() {
      connection.disconnect();
      await redis.stop();
    },
  };
}

export async function storedBytes(connection: Connection): Promise<number> {
  const memory = await connection.info('memory');
  const of = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(memory)?.[1] ?? 0);
  return of('used_memory') - of('mem_clients_normal') - of('mem_aof_buffer');
}

/** One job, with a number that is another in each. */
export const jobTemplate = (type: string) =>
  `{"type":"${type}","payload":{"operation":"sum","numbers":[#,2]}}`;

/** Resolves with the body of a 2xx. */
export async function post(
  url: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  if (!response.ok) throw new Error(`POST ${url}: ${response.status} ${await response.text()}`);
  return response.json();
}
