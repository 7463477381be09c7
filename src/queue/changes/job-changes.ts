/**
 * What can be done to a job after it was submitted: cancel, retry, promote, give another priority, remove. Each says
 * why where it cannot.
 */
import type { ErrorCode } from '../../models/errors.js';
import { failure, isFailure } from '../../models/failure.js';
import { isFinal, type Job, type JobPriority } from '../../models/job.js';
import { emitLua, eventOf, eventText } from '../events/emit.js';
import { queueKeys } from '../keys.js';
import type { QueueAccess } from '../queue-access.js';
import { Script } from '../script.js';
import { errorOf } from '../stored-job.js';
import { priorityNumber, takeTurnLua } from '../submission/fair-shares.js';
import { endedWithoutRun } from './record-end.js';
import { removeJob } from './remove-job.js';
import { retryJob } from './retry-job.js';
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
    if (withdrawn === 'ended') await this.#access.ask(() => endedWithoutRun(this.#access, id, error));
    const after = await this.#get(id);
    // Also of one that was cancelled before: the call that did it may have broken off.
    if (after.status === 'cancelled') await this.cancelChildren(job);
    if (withdrawn === 'finished' || after.status === 'completed' || after.status === 'failed')
      throw refused('job_not_cancellable', after);
    return after;
  }

  /** What follows when a job is cancelled. @throws Failure `queue_unavailable` */
  async cancelChildren({ id, children = [] }: Job): Promise<void> {
    // What cannot be cancelled any more needs no cancelling.
    for (const child of children)
      await this.cancel(child, `The job whose child it is, ${id}, was cancelled.`).catch(
        unless('job_not_cancellable', 'job_not_found', 'job_gone'),
      );
  }

  /**
   * Runs a failed or cancelled job again, under its id: its attempts count on, and it gets as many more as `attemptsOf`
   * says for its type. Children that made it fail, or were cancelled with it, go first. What it had of expiry and
   * deadline no longer holds.
   *
   * @throws Failure `job_not_retryable`, `job_not_found`, `job_gone`, `queue_unavailable`
   */
  async retry(id: string, attemptsOf: (type: string) => number): Promise<Job> {
    const job = await this.#get(id);
    if (job.status !== 'failed' && job.status !== 'cancelled') throw refused('job_not_retryable', job);
    // One that is not failed any more is on its way already. One that cannot be retried is told below.
    for (const child of await this.#unsuccessfulChildren(job))
      await this.retry(child, attemptsOf).catch(unless('job_not_retryable', 'job_not_found', 'job_gone'));
    const answer = await retryJob(this.#access, job, attemptsOf(job.type));
    if (answer === 'retried') return this.#get(id);
    throw answer === 'moved'
      ? refused('job_not_retryable', await this.#get(id))
      : failure('job_not_retryable', whyNotRetried[answer](job));
  }

  /** Those for which it failed, and those that were cancelled because it was. */
  async #unsuccessfulChildren({ id, type, status }: Job): Promise<string[]> {
    const { connection, prefix } = this.#access;
    const { unsuccessful, tolerated } = queueKeys(prefix, type);
    const blamed = await this.#access.ask(() => connection.zrange(unsuccessful(id), '0', '-1'));
    const reasons =
      status === 'cancelled' ? await this.#access.ask(() => connection.hgetall(tolerated(id))) : {};
    const cancelled = Object.keys(reasons).filter((key) => errorOf(reasons[key] ?? '').code === 'cancelled');
    return [...blamed, ...cancelled].map((key) => key.slice(key.lastIndexOf(':') + 1));
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
    const job = await this.#get(id).catch(unless('job_gone'));
    if (job === undefined) return false;
    if (!isFinal(job.status)) throw refused('job_not_finished', job);
    if (await removeJob(this.#access, job)) return true;
    throw refused('job_not_finished', await this.#get(id));
  }

  /** A job that BullMQ has made wait gets its turn, and its status is told. */
  async #settle({ id, type, fairnessKey = '' }: Job, { silent = false } = {}): Promise<void> {
    const { connection, prefix, keys, eventsMax, now } = this.#access;
    const event = silent ? '' : eventText(eventOf({ kind: 'status', jobId: id, status: 'pending' }, now()));
    await this.#access.ask(() =>
      settle.run(
        connection,
        [queueKeys(prefix, type).prioritized, keys.shares(type), keys.events],
        [id, fairnessKey, eventsMax, keys.eventsOf(id), event],
      ),
    );
  }
}

const whyNotRetried = {
  child_lost: ({ id }: Job) =>
    `The job ${id} failed for a child that is gone or cannot be retried; submit it anew.`,
  parent_started: ({ parentId }: Job) =>
    `Its parent ${parentId} goes on without it; retry it when that has finished, or submit it anew.`,
};

/** KEYS prioritized, shares, events. ARGV id, fairness key, events kept, channel, event (or empty). */
const settle = new Script(
  'settle',
  `${emitLua}${takeTurnLua}
  if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
  takeTurn(KEYS[1], KEYS[2], ARGV[1], ARGV[2])
  if ARGV[5] ~= '' then emit(KEYS[3], ARGV[3], ARGV[4], ARGV[1], ARGV[5]) end
  return 1`,
);

const onlyWhere = {
  job_not_cancellable: 'one that has not finished can be cancelled',
  job_not_retryable: 'one that failed or was cancelled can be retried',
  job_not_scheduled: 'one that waits for its time, or out a backoff, can be promoted',
  job_not_waiting: 'one that waits can be given another priority',
  job_not_finished: 'one that has finished can be deleted; cancel it first',
} satisfies Partial<Record<ErrorCode, string>>;

const refused = (code: keyof typeof onlyWhere, job: Job) =>
  failure(code, `The job is ${job.status}; only ${onlyWhere[code]}.`);

/** For `catch`: these failures are none here. */
const unless =
  (...codes: ErrorCode[]) =>
  (error: unknown): void => {
    if (!isFailure(error) || !codes.some((code) => code === error.code)) throw error;
  };

/** BullMQ's word for a job that is not where it was. */
function unlessMoved(error: unknown): void {
  if (!(error instanceof Error) || !/not in the delayed state|Missing key/i.test(error.message)) throw error;
}
