/**
 * The queue as the API sees it: submit a job, find a job, and how Redis is. One BullMQ queue per job type,
 * named as the type. Every call answers within `timeoutMs` or fails with `queue_unavailable`.
 */
import { once } from 'node:events';
import { Queue } from 'bullmq';
import type { ChainableCommander } from 'ioredis';
import type { Job, JobOptions } from '../models/job.js';
import type { Policy } from '../models/policy.js';
import { prefixOf } from '../models/type-id.js';
import type { WorkerRecord } from '../models/worker.js';
import { answered, type Connection } from './connection.js';
import { type Claim, IdempotencyKeys, type KeyedRequest } from './idempotency-keys.js';
import { ownKeys } from './keys.js';
import { workersAlive } from './presence.js';
import { type JobData, jobFrom, priorityNumber } from './stored-job.js';

export interface NewJob {
  id: string;
  type: string;
  payload: unknown;
  options: JobOptions;
  policy: Policy;
  requestId?: string;
}

export interface JobQueueOptions {
  connection: Connection;
  /** Of every key. */
  prefix: string;
  timeoutMs: number;
  now: () => number;
}

export class JobQueue {
  readonly #queues = new Map<string, Queue>();
  readonly #options: JobQueueOptions;
  readonly #keys: IdempotencyKeys;

  constructor(options: JobQueueOptions) {
    this.#options = options;
    this.#keys = new IdempotencyKeys(
      options.prefix,
      () => options.connection.pipeline(),
      (pipeline) => this.#answers(pipeline),
    );
    // Whoever asks hears that Redis is away; an event without a listener would end the process.
    options.connection.on('error', () => {});
  }

  /**
   * Makes the first request as quick as the others: waits for Redis, as long as for an answer, and opens the
   * queues. Never fails; whoever asks while Redis is away is told so.
   */
  async open(types: readonly string[]): Promise<void> {
    const { connection } = this.#options;
    const ready = async () => {
      if (connection.status !== 'ready') await once(connection, 'ready');
      await Promise.all(types.map((type) => this.#queue(type).waitUntilReady()));
    };
    await this.#ask(ready).catch(() => {});
  }

  /**
   * Stores a job; when it returns, Redis has it. A job that exists under this id already stays as it is.
   *
   * @throws Failure `queue_unavailable`
   */
  async submit(job: NewJob): Promise<void> {
    const { policy, options, payload, requestId } = job;
    const overrides = pick(options, ['backoff', 'timeoutMs']);
    const data: JobData = {
      payload,
      ...(requestId === undefined ? {} : { requestId }),
      ...(Object.keys(overrides).length === 0 ? {} : { options: overrides }),
    };
    await this.#ask(async () => {
      await this.#queue(job.type).add(job.type, data, {
        jobId: job.id,
        timestamp: this.#options.now(),
        attempts: options.attempts ?? policy.attempts,
        backoff: { type: 'policy' },
        priority: priorityNumber(options.priority ?? 'normal'),
      });
    });
  }

  /**
   * The job of this id, or undefined: also for an id that has not the form of one, before Redis is asked.
   *
   * @throws Failure `queue_unavailable`
   */
  async find(id: string): Promise<Job | undefined> {
    const type = prefixOf(id);
    if (type === undefined) return undefined;
    const key = `${this.#options.prefix}:${type}:${id}`;
    const { connection, prefix } = this.#options;
    const [fields, locked, due] = await this.#answers(
      connection.pipeline().hgetall(key).exists(`${key}:lock`).zscore(`${prefix}:${type}:delayed`, id),
    );
    const hash = fields as Record<string, string>;
    if (hash.timestamp === undefined) return undefined;
    return jobFrom(id, hash, { locked: locked === 1, dueScore: due as string | null });
  }

  /**
   * The same for a request that carries an idempotency key: one job for the key, however often and at once.
   *
   * @returns What the key stands for; undefined when that is another request.
   * @throws Failure `queue_unavailable`
   */
  async submitOnce(job: NewJob, request: KeyedRequest): Promise<Claim | undefined> {
    const claim = await this.#keys.claim(request, job.id);
    if (claim === undefined || claim.accepted) return claim;
    await this.submit({ ...job, id: claim.id });
    await this.#keys.accept(request, claim.id);
    return claim;
  }

  /**
   * Milliseconds that Redis takes to answer.
   *
   * @throws Failure `queue_unavailable`
   */
  async latencyMs(): Promise<number> {
    const startMs = performance.now();
    await this.#ask(() => this.#options.connection.ping());
    return performance.now() - startMs;
  }

  /**
   * The worker servers that are alive.
   *
   * @throws Failure `queue_unavailable`
   */
  workersAlive(): Promise<WorkerRecord[]> {
    const { connection, prefix, now } = this.#options;
    return this.#ask(() => workersAlive(connection, ownKeys(prefix), now()));
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#queues.values()].map((queue) => queue.close()));
    this.#options.connection.disconnect();
  }

  #ask<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    return answered(this.#options.timeoutMs, ask);
  }

  /** The answers to all commands of a pipeline, or the failure of any. */
  #answers(pipeline: ChainableCommander): Promise<unknown[]> {
    return this.#ask(async () =>
      ((await pipeline.exec()) ?? []).map(([error, answer]) => {
        if (error !== null) throw error;
        return answer;
      }),
    );
  }

  #queue(type: string): Queue {
    const existing = this.#queues.get(type);
    if (existing !== undefined) return existing;
    const { connection, prefix } = this.#options;
    // A Queue that is made while Redis is away would never recover.
    if (connection.status !== 'ready') throw new Error(`Redis is not ready (${connection.status})`);
    const queue = new Queue(type, { connection, prefix });
    this.#queues.set(type, queue);
    queue.on('error', () => {});
    queue.waitUntilReady().catch(() => this.#queues.delete(type));
    return queue;
  }
}

function pick<Value extends object, Key extends keyof Value>(value: Value, keys: Key[]): Pick<Value, Key> {
  const present = keys.filter((key) => value[key] !== undefined).map((key) => [key, value[key]]);
  return Object.fromEntries(present) as Pick<Value, Key>;
}
