/**
 * The way to Redis that all of the API's side of the queue shares: one connection, one BullMQ queue for each job
 * type, and a limit on how long anything may take. Every call answers within `timeoutMs` or fails with
 * `queue_unavailable`.
 */
import { Queue, RedisQueueBackend } from 'bullmq';
import type { ChainableCommander } from 'ioredis';
import { answered, type Connection } from './connection.js';
import { type JobCounts, uncounted } from './job-counts.js';
import { type OwnKeys, ownKeys } from './keys.js';

export interface QueueAccessOptions {
  connection: Connection;
  /** Of every key. */
  prefix: string;
  timeoutMs: number;
  /** Events of jobs that are kept. */
  eventsMax: number;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Nobody counts when absent. */
  counts?: JobCounts;
  /** `false`: the jobs that come most often take the long way, like all others. Default: true. */
  shortcuts?: boolean;
}

export class QueueAccess {
  readonly connection: Connection;
  readonly prefix: string;
  readonly keys: OwnKeys;
  readonly eventsMax: number;
  readonly now: () => number;
  readonly counts: JobCounts;
  readonly #timeoutMs: number;
  readonly #queues = new Map<string, Queue>();

  constructor({ connection, prefix, timeoutMs, eventsMax, now, counts = uncounted }: QueueAccessOptions) {
    this.connection = connection;
    this.prefix = prefix;
    this.keys = ownKeys(prefix);
    this.eventsMax = eventsMax;
    this.now = now;
    this.counts = counts;
    this.#timeoutMs = timeoutMs;
    // Whoever asks hears that Redis is away; an event without a listener would end the process.
    connection.on('error', () => {});
  }

  /** Waits for Redis, as long as for an answer, and opens the queues. Never fails. */
  async open(types: readonly string[]): Promise<void> {
    const { connection } = this;
    const ready = async () => {
      // One that failed to connect tries again: events.once would give up with its error.
      if (connection.status !== 'ready') await new Promise((resolve) => connection.once('ready', resolve));
      await Promise.all(types.map((type) => this.queue(type).waitUntilReady()));
    };
    await this.ask(ready).catch(() => {});
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#queues.values()].map((queue) => queue.close()));
    this.connection.disconnect();
  }

  /** @throws Failure `queue_unavailable` */
  ask<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    return answered(this.#timeoutMs, ask);
  }

  /** The answers to all commands of a pipeline, or the failure of any. @throws Failure `queue_unavailable` */
  answers(pipeline: ChainableCommander): Promise<unknown[]> {
    return this.ask(async () =>
      ((await pipeline.exec()) ?? []).map(([error, answer]) => {
        if (error !== null) throw error;
        return answer;
      }),
    );
  }

  /** BullMQ's queue of a type. @throws Error while Redis is away */
  queue(type: string): Queue {
    const existing = this.#queues.get(type);
    if (existing !== undefined) return existing;
    const { connection, prefix } = this;
    // A Queue that is made while Redis is away would never recover.
    if (connection.status !== 'ready') throw new Error(`Redis is not ready (${connection.status})`);
    const queue = new Queue(type, { connection, prefix });
    this.#queues.set(type, queue);
    queue.on('error', () => {});
    queue.waitUntilReady().catch(() => this.#queues.delete(type));
    return queue;
  }

  /** The part of BullMQ's queue that knows Redis, ready to be asked. */
  async backend(type: string): Promise<RedisQueueBackend> {
    const { backend } = this.queue(type);
    await backend.waitUntilReady();
    if (!(backend instanceof RedisQueueBackend)) throw new Error('BullMQ is not on Redis');
    return backend;
  }
}
