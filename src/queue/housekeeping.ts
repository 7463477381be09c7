/**
 * What must happen at its time although nobody asks for it. Every server does it; a lease in Redis sees to it that
 * one at a time does:
 *
 * 1. what else the server has to do in time (`tasks`): start what is scheduled, tell what has ended,
 * 2. jobs that expire, or whose deadline passes, while they wait are ended, and so is what was cancelled by halves,
 * 3. finished jobs that are too old, or too many, are removed, and their files,
 * 4. tombstones that are old enough are forgotten, and so are fairness keys that have no backlog any more.
 */
import type { Policy } from '../models/policy.js';
import { removeJob } from './changes/remove-job.js';
import type { JobQueue } from './job-queue.js';
import { queueKeys } from './keys.js';
import { endOverdue } from './overdue.js';
import { Script } from './script.js';
import { forgetShares } from './submission/fair-shares.js';
import type { Tell } from './tell.js';

/** Between two rounds. */
const everyMs = 1_000;
/** A server that does not renew its lease has lost it. */
const leaseMs = 10_000;
/** Jobs that one step of a round deals with at the most. */
const batchMax = 500;

export interface HousekeepingParts {
  queue: JobQueue;
  types: readonly { type: string; policy: Policy }[];
  /** How long an id answers 410 after its job was removed, in milliseconds. */
  tombstoneMs: number;
  /** Names this server to the others. */
  name: string;
  /** Removes the files of a job that is removed. */
  removeFiles: (jobId: string) => Promise<void>;
  /** To be done first in each round. */
  tasks?: readonly (() => Promise<unknown>)[];
  /** Called for each job that is ended or removed. */
  tell?: Tell;
  onError: (error: Error) => void;
}

export class Housekeeping {
  readonly #parts: HousekeepingParts;
  readonly #timer: NodeJS.Timeout;
  #round: Promise<void> = Promise.resolve();
  #isBusy = false;

  constructor(parts: HousekeepingParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => {
      if (this.#isBusy) return;
      this.#round = this.round();
    }, everyMs);
    this.#timer.unref();
  }

  /** Never fails. With Redis away there is nothing to keep; the next round comes. */
  async round(): Promise<void> {
    this.#isBusy = true;
    try {
      if (!(await this.#hasLease())) return;
      for (const task of this.#parts.tasks ?? []) await this.#safely(task);
      await this.#safely(() => endOverdue(this.#parts.queue, batchMax, this.#parts.tell));
      for (const { type, policy } of this.#parts.types)
        await this.#safely(() => this.#removeOld(type, policy));
      await this.#safely(() => this.#forget());
    } catch (error) {
      this.#parts.onError(errorFrom(error));
    } finally {
      this.#isBusy = false;
    }
  }

  /** Ends the round that is under way, and gives the lease back. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#round;
    const { queue, name } = this.#parts;
    const { connection, keys } = queue.access;
    await queue.access.ask(() => giveBack.run(connection, [keys.housekeeper], [name])).catch(() => {});
  }

  async #safely(step: () => Promise<unknown>): Promise<void> {
    await step().catch((error: unknown) => this.#parts.onError(errorFrom(error)));
  }

  async #hasLease(): Promise<boolean> {
    const { queue, name } = this.#parts;
    const { connection, keys } = queue.access;
    if (connection.status !== 'ready') return false;
    return (await queue.access.ask(() => take.run(connection, [keys.housekeeper], [name, leaseMs]))) === 1;
  }

  async #removeOld(type: string, { retention }: Policy): Promise<void> {
    const { access } = this.#parts.queue;
    const { connection, prefix, now } = access;
    const { completed, failed } = queueKeys(prefix, type);
    for (const [set, ageMs] of [
      [completed, retention.completedAgeMs],
      [failed, retention.failedAgeMs],
    ] as const) {
      const count = await access.ask(() => connection.zcard(set));
      const tooMany = Math.min(batchMax, count - retention.countMax);
      const ids = await access.ask(() =>
        connection.zrangebyscore(set, '-inf', now() - ageMs, 'LIMIT', 0, batchMax),
      );
      if (tooMany > 0)
        ids.push(...(await access.ask(() => connection.zrange(set, '0', String(tooMany - 1)))));
      for (const id of new Set(ids)) await this.#remove(id, set);
    }
  }

  async #remove(id: string, set: string): Promise<void> {
    const { queue, removeFiles, tell } = this.#parts;
    const job = await queue.find(id);
    if (job !== undefined) {
      await removeFiles(id);
      await removeJob(queue.access, job);
      tell?.({ jobId: id }, 'job removed');
    } else await queue.access.ask(() => queue.access.connection.zrem(set, id));
  }

  async #forget(): Promise<void> {
    const { queue, tombstoneMs } = this.#parts;
    const { connection, keys, now } = queue.access;
    await queue.access.ask(() => connection.zremrangebyscore(keys.gone, '-inf', now() - tombstoneMs));
    for (const { type } of this.#parts.types) await forgetShares(queue.access, type);
  }
}

const errorFrom = (thrown: unknown) => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/** KEYS lease. ARGV name, milliseconds. */
const take = new Script(
  'take_lease',
  `local holder = redis.call('GET', KEYS[1])
  if holder and holder ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return 1`,
);

const giveBack = new Script(
  'give_lease_back',
  `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
  return 1`,
);
