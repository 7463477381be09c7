/** Jobs: submitted, read, followed, waited for, and changed later. */
import type { Acceptance } from '../models/acceptance.js';
import type { BatchAnswer } from '../models/batch.js';
import type { CallbackAcceptance, CallbackDeliveryList } from '../models/callback.js';
import type { DryRun } from '../models/dry-run.js';
import type { FailedAttemptList } from '../models/failed-attempt.js';
import type { FailureList } from '../models/failures.js';
import type { JobPriority, JobStatus } from '../models/job.js';
import type { JobList, JobSummary } from '../models/job-list.js';
import type { LogPage } from '../models/job-logs.js';
import type { JobTree } from '../models/job-tree.js';
import type { Why } from '../models/why.js';
import { type BatchItem, sendBatches } from './batch.js';
import { type EventsOptions, followEvents, type JobStreamEvent } from './events.js';
import type { AnyTypes, JobOf, JobRequest, Known, TypeName } from './job-types.js';
import type { Call, CallOptions, Transport } from './transport.js';
import { type WaitOptions, waitForEnd } from './wait.js';

export interface SubmitOptions extends CallOptions {
  /** The same key and request give the same job, so that both can be sent again. */
  idempotencyKey?: string;
}

/** What jobs must have, all of it. */
export interface JobFilter {
  /** Default: all types but the internal ones. */
  type?: string;
  status?: JobStatus;
  tag?: string;
  /** Error code of a failed job. */
  error?: string;
  /** ISO 8601: by the time of the end where the list is one of finished jobs, else by that of the creation. */
  from?: string;
  until?: string;
}

export interface JobPage extends JobFilter {
  /** Jobs at the most. Default: 50. */
  limit?: number;
  /** The `next` of the page before. */
  cursor?: string;
}

export class Jobs<Types extends Known<Types> = AnyTypes> {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** When it resolves, the queue has the job. */
  submit(request: JobRequest<Types>, options: SubmitOptions = {}): Promise<Acceptance> {
    return this.#transport.json('/api/jobs', submission(request, options));
  }

  /**
   * Submits a job and waits for its end, however it ends.
   *
   * @throws JobwrightTimeoutError where it has not ended in `timeoutMs`
   */
  async run<Type extends TypeName<Types>>(
    request: JobRequest<Types, Type>,
    { idempotencyKey, ...wait }: SubmitOptions & WaitOptions = {},
  ): Promise<JobOf<Types, Type>> {
    const { jobId } = await this.#transport.json<Acceptance>(
      '/api/jobs',
      submission(request, { ...wait, idempotencyKey }),
    );
    return waitForEnd(this.#transport, jobId, wait);
  }

  /** What a submission would do. Nothing is stored. */
  check(request: JobRequest<Types>, options: SubmitOptions = {}): Promise<DryRun> {
    return this.#transport.json('/api/jobs', { ...submission(request, options), query: { dryRun: true } });
  }

  /**
   * Many jobs, a few hundred in a request. What becomes of each is answered in order; one that is wrong spoils no other.
   *
   * @throws JobwrightConnectionError where a request was not answered: with an `idempotencyKey` each, the items from
   *   the first without an answer on can be sent again
   */
  submitMany(
    items: Iterable<BatchItem<Types>> | AsyncIterable<BatchItem<Types>>,
    options: CallOptions = {},
  ): AsyncGenerator<BatchAnswer, void, undefined> {
    return sendBatches(this.#transport, items, options);
  }

  /** A page, newest first. */
  list(page: JobPage = {}, options: CallOptions = {}): Promise<JobList> {
    return this.#transport.json('/api/jobs', { ...options, query: { ...page } });
  }

  /** All jobs that pass, newest first, page after page as they are asked for. */
  async *all(filter: JobFilter = {}, options: CallOptions = {}): AsyncGenerator<JobSummary, void, undefined> {
    let cursor: string | undefined;
    do {
      const { jobs, next } = await this.list({ ...filter, limit: 200, cursor }, options);
      yield* jobs;
      cursor = next;
    } while (cursor !== undefined);
  }

  /** Failed jobs by type and error code, the latest kind first. */
  failures({ signal, ...query }: FailuresOptions = {}): Promise<FailureList> {
    return this.#transport.json('/api/failures', { query, signal });
  }

  get(id: string, options: CallOptions = {}): Promise<JobOf<Types>> {
    return this.#of(id, '', options);
  }

  /** The job, once it has ended. @throws JobwrightTimeoutError where it has not ended in `timeoutMs` */
  wait(id: string, options: WaitOptions = {}): Promise<JobOf<Types>> {
    return waitForEnd(this.#transport, id, options);
  }

  /** Of a job that waits. */
  change(id: string, changes: { priority: JobPriority }, options: CallOptions = {}): Promise<JobOf<Types>> {
    return this.#of(id, '', { ...options, method: 'PATCH', json: changes });
  }

  /** Its answer is `cancelled`, or runs and was told to stop. */
  cancel(id: string, options: CallOptions = {}): Promise<JobOf<Types>> {
    return this.#of(id, '/cancel', { ...options, method: 'POST' });
  }

  /** Of a job that failed or was cancelled. */
  retry(id: string, options: CallOptions = {}): Promise<JobOf<Types>> {
    return this.#of(id, '/retry', { ...options, method: 'POST' });
  }

  /** Lets a job start that waits for its time, or out a backoff. */
  promote(id: string, options: CallOptions = {}): Promise<JobOf<Types>> {
    return this.#of(id, '/promote', { ...options, method: 'POST' });
  }

  /** Of a finished job: the job, and the files that it made. */
  async delete(id: string, options: CallOptions = {}): Promise<void> {
    await this.#transport.send(pathOf(id), { ...options, method: 'DELETE' });
  }

  /** The attempts that failed, the latest hundred. */
  attempts(id: string, options: CallOptions = {}): Promise<FailedAttemptList> {
    return this.#of(id, '/attempts', options);
  }

  /** What its processor logged, oldest first. */
  logs(id: string, { signal, ...query }: LogsOptions = {}): Promise<LogPage> {
    return this.#of(id, '/logs', { signal, query });
  }

  /** The whole tree that it belongs to. */
  tree(id: string, options: CallOptions = {}): Promise<JobTree> {
    return this.#of(id, '/tree', options);
  }

  /** Why it is where it is, and when it will probably start. */
  why(id: string, options: CallOptions = {}): Promise<Why> {
    return this.#of(id, '/why', options);
  }

  /**
   * The job in full, then what happens to it; ends when it has ended, after `job` and `end`. Goes on by itself where
   * the connection is lost.
   *
   * @throws JobwrightError where the API refuses
   */
  events(
    id: string,
    options: EventsOptions = {},
  ): AsyncGenerator<JobStreamEvent<JobOf<Types>>, void, undefined> {
    return followEvents<JobStreamEvent<JobOf<Types>>>(this.#transport, pathOf(id, '/events'), options);
  }

  /** The deliveries to its `callbackUrl`, newest first. */
  callbacks(id: string, options: CallOptions = {}): Promise<CallbackDeliveryList> {
    return this.#of(id, '/callbacks', options);
  }

  /** Tells its `callbackUrl` once more how it ended. */
  deliverCallback(id: string, options: CallOptions = {}): Promise<CallbackAcceptance> {
    return this.#of(id, '/callbacks', { ...options, method: 'POST' });
  }

  /** One of the files that it made, from 0. The body is still to be read. */
  downloadFile(id: string, index: number, options: CallOptions = {}): Promise<Response> {
    return this.#transport.send(pathOf(id, `/files/${index}`), { ...options, timeoutMs: Infinity });
  }

  #of<Answer>(id: string, what: string, call: Call): Promise<Answer> {
    return this.#transport.json(pathOf(id, what), call);
  }
}

export interface FailuresOptions extends CallOptions {
  /** Default: all types. */
  type?: string;
}

export interface LogsOptions extends CallOptions {
  /** Index of the first line. Default: 0. */
  from?: number;
  /** Lines at the most. Default: 100. */
  limit?: number;
}

const pathOf = (id: string, what = '') => `/api/jobs/${encodeURIComponent(id)}${what}`;

const submission = (request: object, { idempotencyKey, signal }: SubmitOptions): Call => ({
  method: 'POST',
  json: request,
  headers: { 'idempotency-key': idempotencyKey },
  isRepeatable: idempotencyKey !== undefined,
  signal,
});
