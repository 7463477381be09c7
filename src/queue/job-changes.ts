/**
 * What can be done to a job after it was submitted: cancel, retry, promote, give another priority, remove. Each says
 * why where it cannot.
 */
import { type ErrorCode, errors } from '../models/errors.js';
import { failure } from '../models/failure.js';
import { isFinal, type Job, type JobPriority } from '../models/job.js';
import { prefixOf } from '../models/type-id.js';
import { emitLua, eventOf } from './emit.js';
import { priorityNumber, takeTurnLua } from './fair-shares.js';
import { queueKeys } from './keys.js';
import type { QueueAccess } from './queue-access.js';
import { endedWithoutRun } from './record-end.js';
import { removeJob } from './remove-job.js';
import { Script } from './script.js';
import { ownFields } from './stored-job.js';
import { endWaiting } from './withdraw.js';

export class JobChanges {
  readonly #access: QueueAccess;
  readonly #get: (id: string) => Promise<Job>;

  /** @param get The job of an id. Throws where there is none. */
  constructor(access: QueueAccess, get: (id: string) => Promise<Job>) {
    this.#access = access;
    this.#get = get;
  }

  /**
   * A job that waits is cancelled when this returns, and so are its children. One that runs is told to stop: its
   * status changes when it has.
   *
   * @throws Failure `job_not_cancellable`, `job_not_found`, `job_gone`, `queue_unavailable`
   */
  async cancel(id: string, detail = 'A client cancelled the job.'): Promise<Job> {
    const job = await this.#get(id);
    const error = { code: 'cancelled', detail };
    const withdrawn = await endWaiting(this.#access, id, error, { stopRunning: true });
    if (withdrawn === 'finished') throw refused('job_not_cancellable', await this.#get(id));
    if (withdrawn === 'ended') {
      await this.#access.ask(() => endedWithoutRun(this.#access, id, error));
      await this.#cancelChildren(job);
    }
    return this.#get(id);
  }

  async #cancelChildren({ id, children = [] }: Job): Promise<void> {
    for (const child of children)
      await this.cancel(child, `The job whose child it is, ${id}, was cancelled.`).catch(unlessItself);
  }

  /**
   * Runs a failed or cancelled job again, under its id: its attempts count on, and it gets as many more as `attempts`.
   * Children that made it fail go first. What it had of expiry and deadline no longer holds.
   *
   * @throws Failure `job_not_retryable`, `job_not_found`, `job_gone`, `queue_unavailable`
   */
  async retry(id: string, attemptsOf: (type: string) => number): Promise<Job> {
    const access = this.#access;
    const job = await this.#get(id);
    const queue = queueKeys(access.prefix, job.type);
    if (job.status !== 'failed' && job.status !== 'cancelled') throw refused('job_not_retryable', job);
    for (const child of await this.#blamed(id)) await this.retry(child, attemptsOf);
    const prepared = await access.ask(() =>
      prepareRetry.run(
        access.connection,
        [queue.job(id), queue.failed, access.keys.error(job.error?.code ?? ''), access.keys.callbacks],
        [id, attemptsOf(job.type), job.callbackUrl === undefined ? '' : Date.parse(job.createdAt)],
      ),
    );
    if (prepared === 0) throw refused('job_not_retryable', await this.#get(id));
    await access.ask(async () => (await access.queue(job.type).getJob(id))?.retry('failed'));
    await this.#settle(job);
    return this.#get(id);
  }

  /** Children for which a parent failed, as far as they are still failed. */
  async #blamed(id: string): Promise<string[]> {
    const { connection, prefix } = this.#access;
    const { unsuccessful } = queueKeys(prefix, prefixOf(id) ?? '');
    const keys = await this.#access.ask(() => connection.zrange(unsuccessful(id), '0', '-1'));
    return keys.map((key) => key.slice(key.lastIndexOf(':') + 1));
  }

  /**
   * Lets a job that waits for its time, or out a backoff, start now.
   *
   * @throws Failure `job_not_scheduled`, `job_not_found`, `job_gone`, `queue_unavailable`
   */
  async promote(id: string): Promise<Job> {
    const job = await this.#get(id);
    if (job.status !== 'scheduled' && job.status !== 'retrying') throw refused('job_not_scheduled', job);
    await this.#access.ask(async () => {
      const found = await this.#access.queue(job.type).getJob(id);
      // It may have become due by itself.
      await found?.promote().catch(unlessMoved);
    });
    await this.#settle(job);
    return this.#get(id);
  }

  /**
   * @throws Failure `job_not_waiting`, `job_not_found`, `job_gone`, `queue_unavailable`
   */
  async changePriority(id: string, priority: JobPriority): Promise<Job> {
    const job = await this.#get(id);
    if (isFinal(job.status) || job.status === 'processing') throw refused('job_not_waiting', job);
    await this.#access.ask(async () => {
      const found = await this.#access.queue(job.type).getJob(id);
      await found?.changePriority({ priority: priorityNumber(priority) });
    });
    await this.#settle(job, { silent: true });
    return this.#get(id);
  }

  /**
   * Removes a finished job and leaves a tombstone. Its files are its caller's affair.
   *
   * @returns False when it was removed before.
   * @throws Failure `job_not_finished`, `job_not_found`, `queue_unavailable`
   */
  async remove(id: string): Promise<boolean> {
    const job = await this.#get(id).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'job_gone') return undefined;
      throw error;
    });
    if (job === undefined) return false;
    if (!isFinal(job.status)) throw refused('job_not_finished', job);
    if (await removeJob(this.#access, job)) return true;
    throw refused('job_not_finished', await this.#get(id));
  }

  /** A job that BullMQ has made wait gets its turn, or waits for its children, and its status is told. */
  async #settle({ id, type, fairnessKey = '' }: Job, { silent = false } = {}): Promise<void> {
    const { connection, prefix, keys, eventsMax, now } = this.#access;
    const queue = queueKeys(prefix, type);
    const event = (status: 'pending' | 'blocked') =>
      JSON.stringify(eventOf({ kind: 'status', jobId: id, status }, now()));
    await this.#access.ask(() =>
      settle.run(
        connection,
        [queue.prioritized, keys.shares(type), queue.waitingChildren, queue.dependencies(id), keys.events],
        [
          id,
          fairnessKey,
          now(),
          eventsMax,
          keys.eventsOf(id),
          silent ? '' : event('pending'),
          silent ? '' : event('blocked'),
        ],
      ),
    );
  }
}

const { cancelRequested, held, expires, deadline } = ownFields;
const fieldsOfBefore = [cancelRequested, held, expires, deadline].map((name) => `'${name}'`).join();

/**
 * KEYS job, failed, jobs by its error code, callbacks. ARGV id, more attempts, when it was created where its end is to be
 * told (else empty).
 */
const prepareRetry = new Script(
  'prepare_retry',
  `if not redis.call('ZSCORE', KEYS[2], ARGV[1]) then return 0 end
  local made = tonumber(redis.call('HGET', KEYS[1], 'atm') or 0)
  local opts = cjson.decode(redis.call('HGET', KEYS[1], 'opts'))
  opts['attempts'] = made + tonumber(ARGV[2])
  redis.call('HSET', KEYS[1], 'opts', cjson.encode(opts), 'delay', 0)
  redis.call('HDEL', KEYS[1], 'defa', 'stc', 'progress', ${fieldsOfBefore})
  redis.call('ZREM', KEYS[3], ARGV[1])
  if ARGV[3] ~= '' then redis.call('ZADD', KEYS[4], ARGV[3], ARGV[1]) end
  return 1`,
);

/**
 * KEYS prioritized, shares, waiting-children, dependencies, events. ARGV id, fairness key, now, events kept, channel,
 * event where it waits for a worker, event where it waits for its children.
 */
const settle = new Script(
  'settle',
  `${emitLua}${takeTurnLua}
  if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
  local event = ARGV[6]
  if redis.call('SCARD', KEYS[4]) > 0 then
    redis.call('ZREM', KEYS[1], ARGV[1])
    redis.call('ZADD', KEYS[3], ARGV[3], ARGV[1])
    event = ARGV[7]
  else
    takeTurn(KEYS[1], KEYS[2], ARGV[1], ARGV[2])
  end
  if event ~= '' then emit(KEYS[5], ARGV[4], ARGV[5], ARGV[1], event) end
  return 1`,
);

const refused = (code: ErrorCode, job: Job) =>
  failure(code, `The job is ${job.status}. ${errors[code].when}`);

/** For `catch`: what cannot be cancelled any more needs no cancelling. */
function unlessItself(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'job_not_cancellable' && code !== 'job_not_found' && code !== 'job_gone') throw error;
}

/** BullMQ's word for a job that is not where it was. */
function unlessMoved(error: unknown): void {
  if (!(error instanceof Error) || !/not in the delayed state|Missing key/i.test(error.message)) throw error;
}
