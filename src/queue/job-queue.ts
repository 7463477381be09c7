/**
 * The queue as the API sees it: submit a job, find a job, and how Redis is. Lists are `job-list.ts`, what can be done
 * to a job later is `job-changes.ts`. Every call answers within a limit or fails with `queue_unavailable`.
 */
import { failure } from '../models/failure.js';
import type { Job } from '../models/job.js';
import { prefixOf } from '../models/type-id.js';
import type { BusyWorker, WorkerRecord } from '../models/worker.js';
import { originIn } from '../tracing/traceparent.js';
import { isTracing } from '../tracing/tracing.js';
import { isPlain } from './batched/add-many.js';
import { JobFinder } from './batched/find-many.js';
import { JobChanges } from './changes/job-changes.js';
import { queueKeys } from './keys.js';
import { JobList } from './lists/job-list.js';
import { workersAlive } from './outlook/presence.js';
import { runningJobs } from './outlook/running-jobs.js';
import { QueueAccess, type QueueAccessOptions } from './queue-access.js';
import type { JobData } from './stored-job.js';
import { addJobs } from './submission/add-jobs.js';
import { withId } from './submission/child-ids.js';
import { IdempotencyKeys, type KeyedRequest } from './submission/idempotency-keys.js';
import type { NewJob } from './submission/job-entry.js';
import { reusableJob, type SharedWork } from './submission/reuse.js';
import { inSendSpan } from './submission/send-span.js';
import { PlainSubmissions } from './submission/submit-plain.js';
import { hasQuota, requireRoom } from './tenants/tenant-jobs.js';

export type { NewJob } from './submission/job-entry.js';
export type JobQueueOptions = QueueAccessOptions;

/** Why a submission made no job of its own. */
export type Reused = 'idempotency_key' | 'joined' | 'cached';

export interface Submitted {
  id: string;
  reused?: Reused;
}

export class JobQueue {
  readonly list: JobList;
  readonly changes: JobChanges;
  readonly access: QueueAccess;
  readonly #keys: IdempotencyKeys;
  readonly #finder: JobFinder;
  readonly #plain: PlainSubmissions | undefined;

  constructor(options: JobQueueOptions) {
    this.access = new QueueAccess(options);
    this.#finder = new JobFinder(this.access);
    this.#plain = options.shortcuts === false ? undefined : new PlainSubmissions(this.access);
    this.#keys = new IdempotencyKeys(this.access);
    this.list = new JobList(this.access);
    this.changes = new JobChanges(this.access, (id) => this.get(id));
  }

  /**
   * Makes the first request as quick as the others: waits for Redis, as long as for an answer, and opens the
   * queues. Never fails; whoever asks while Redis is away is told so.
   */
  open(types: readonly string[]): Promise<void> {
    return this.access.open(types);
  }

  /**
   * Stores a job, and its children with it; when it returns, Redis has it. A job that exists under this id already
   * stays as it is.
   *
   * @returns Whether it is new.
   * @throws Failure `quota_exceeded`, `queue_unavailable`
   */
  async submit(job: NewJob): Promise<boolean> {
    const plain = this.#atOnce(job);
    if (plain === undefined) return (await this.submitAll([job]))[0] ?? false;
    const isNew = await plain.add(job);
    if (isNew) this.#count(job);
    return isNew;
  }

  /** The short way, for a job with which nothing else has to be asked or told: no quota of a tenant, and no trace. */
  #atOnce(job: NewJob): PlainSubmissions | undefined {
    return isPlain(job) && !hasQuota(job) && !isTracing() ? this.#plain : undefined;
  }

  /** The same for many at once, in one round trip. */
  async submitAll(jobs: readonly NewJob[]): Promise<boolean[]> {
    const [first] = jobs;
    if (first === undefined) return [];
    await requireRoom(this.access, jobs);
    const plain = jobs.every(isPlain) ? this.#plain : undefined;
    const areNew = await inSendSpan(
      jobs,
      () =>
        plain?.addAll(jobs) ??
        this.access.ask(async () => addJobs(this.access, await this.access.backend(first.type), jobs)),
    );
    for (const [index, job] of jobs.entries()) if (areNew[index]) this.#count(job);
    return areNew;
  }

  #count({ type, children = [] }: NewJob): void {
    this.access.counts.submitted(type);
    for (const child of children) this.#count(child);
  }

  /**
   * The same for work that may be under way or done already: then nothing is stored.
   *
   * @param job Its id is not used.
   * @throws Failure `queue_unavailable`
   */
  async submitShared(job: NewJob, work: SharedWork): Promise<Submitted> {
    const submitted = await this.submitSharedAtOnce(job, work);
    if (submitted !== undefined) return submitted;
    const { id, use } = await reusableJob(this.access, job.type, work);
    if (use !== 'new') return { id, reused: use };
    return (await this.submit({ ...job, id })) ? { id } : { id, reused: 'joined' };
  }

  /**
   * The same in one step. Undefined where that is not possible: a quota is only for a new job to keep, and a trace tells of
   * a new job by its id.
   *
   * @throws Failure `queue_unavailable`
   */
  submitSharedAtOnce(job: NewJob, work: SharedWork): Promise<Submitted> | undefined {
    return this.#atOnce(job)
      ?.addShared(job, work)
      .then(({ id, use }) => {
        if (use !== 'new') return { id, reused: use };
        this.#count(job);
        return { id };
      });
  }

  /**
   * The same for a request that carries an idempotency key: one job for the key, however often and at once.
   *
   * @returns Undefined when the key stands for another request.
   * @throws Failure `queue_unavailable`
   */
  async submitOnce(job: NewJob, request: KeyedRequest, work?: SharedWork): Promise<Submitted | undefined> {
    const claim = await this.#keys.claim(request, job.id);
    if (claim === undefined) return undefined;
    if (claim.accepted) return { id: claim.id, reused: 'idempotency_key' };
    const submitted = await this.#submitClaimed(withId(job, claim.id), work);
    await this.#keys.accept(request, submitted.id);
    return claim.repeated ? { id: submitted.id, reused: 'idempotency_key' } : submitted;
  }

  async #submitClaimed(job: NewJob, work: SharedWork | undefined): Promise<Submitted> {
    if (work !== undefined) return this.submitShared(job, work);
    await this.submit(job);
    return { id: job.id };
  }

  /**
   * The job of this id, or undefined: also for an id that has not the form of one, before Redis is asked.
   *
   * @throws Failure `queue_unavailable`
   */
  async find(id: string): Promise<Job | undefined> {
    return prefixOf(id) === undefined ? undefined : this.#finder.find(id);
  }

  /**
   * The same where there must be one.
   *
   * @throws Failure `job_not_found`, `job_gone`, `queue_unavailable`
   */
  async get(id: string): Promise<Job> {
    const job = await this.find(id);
    if (job !== undefined) return job;
    const { connection, keys } = this.access;
    const removedMs =
      prefixOf(id) === undefined ? null : await this.access.ask(() => connection.zscore(keys.gone, id));
    if (removedMs === null) throw failure('job_not_found', `There is no job ${JSON.stringify(id)}.`);
    throw failure('job_gone', `The job was removed at ${new Date(Number(removedMs)).toISOString()}.`);
  }

  /**
   * What ties a job to the request that submitted it; nothing of one that is gone.
   *
   * @throws Failure `queue_unavailable`
   */
  async originOf({ id, type }: Pick<Job, 'id' | 'type'>): Promise<Pick<NewJob, 'requestId' | 'origin'>> {
    const { connection, prefix } = this.access;
    const text = await this.access.ask(() => connection.hget(queueKeys(prefix, type).job(id), 'data'));
    const data = JSON.parse(text ?? '{}') as Partial<JobData>;
    const origin = originIn(data);
    return {
      ...(data.requestId === undefined ? {} : { requestId: data.requestId }),
      ...(origin === undefined ? {} : { origin }),
    };
  }

  /**
   * Workers start no job of a paused type; those that run go on. It stays so until it is resumed.
   *
   * @throws Failure `queue_unavailable`
   */
  async setPaused(type: string, paused: boolean): Promise<void> {
    await this.access.ask(async () => {
      const queue = this.access.queue(type);
      await (paused ? queue.pause() : queue.resume());
    });
  }

  /**
   * The worker servers that are alive.
   *
   * @throws Failure `queue_unavailable`
   */
  workersAlive(): Promise<WorkerRecord[]> {
    const { connection, keys, now } = this.access;
    return this.access.ask(() => workersAlive(connection, keys, now()));
  }

  /** The same, with what each of them runs. @throws Failure `queue_unavailable` */
  async busyWorkers(): Promise<BusyWorker[]> {
    const workers = await this.workersAlive();
    const types = new Set(workers.flatMap((worker) => Object.keys(worker.types)));
    const running = await runningJobs(this.access, [...types]);
    return workers.map((worker) => ({ ...worker, running: [...(running.get(worker.name) ?? [])] }));
  }

  close(): Promise<void> {
    return this.access.close();
  }
}
