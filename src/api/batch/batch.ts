/**
 * From the items of a batch to their answers, in the same order: each is planned as a single request is, all that can
 * be are added together, and what is wrong with one is its own affair. Once Redis does not answer, those that follow
 * are refused without being tried.
 */
import type { BatchAnswer } from '../../models/batch.js';
import type { DryRun } from '../../models/dry-run.js';
import { type Failure, failure, isFailure } from '../../models/failure.js';
import type { JobStatus } from '../../models/job.js';
import type { Reused } from '../../queue/job-queue.js';
import type { KeyedRequest } from '../../queue/submission/idempotency-keys.js';
import { type SubmissionResult, submitMany } from '../../queue/submission/submit-many.js';
import { invalid } from '../explain.js';
import type { Services } from '../operation.js';
import { problemOf } from '../problem.js';
import { acceptanceOf } from '../submission/acceptance.js';
import { dryRunOf } from '../submission/dry-run.js';
import { keyedRequest, keyReused, mistakesInKey } from '../submission/keyed-request.js';
import { logAccepted } from '../submission/log-accepted.js';
import type { PlanJob, PlannedJob } from '../submission/plan-job.js';
import type { Sender } from '../submission/sender.js';
import type { BatchItem } from './batch-item.js';

type Success =
  | { status: 202; message: string; jobId: string; jobStatus: JobStatus; reused?: Reused }
  | { status: 200; dryRun: DryRun };

export interface BatchParts {
  services: Services;
  planJob: PlanJob;
  sender: Sender;
  dryRun: boolean;
  /** Of the request: the `instance` of a problem. */
  path: string;
}

interface PlannedItem {
  planned: PlannedJob;
  keyed?: KeyedRequest;
}

interface Refused {
  error: unknown;
}

export class Batch {
  readonly #parts: BatchParts;
  #answered = 0;
  #isQueueAway = false;

  constructor(parts: BatchParts) {
    this.#parts = parts;
  }

  /** The answers to the next items. Never fails. */
  async answersTo(items: readonly BatchItem[]): Promise<BatchAnswer[]> {
    const planned = await Promise.all(items.map((item) => this.#plan(item).catch(refused)));
    const results = this.#isQueueAway
      ? planned.map((each) => (isPlanned(each) ? refused(notTried()) : each))
      : this.#parts.dryRun
        ? await Promise.all(
            planned.map((each) => (isPlanned(each) ? this.#foresee(each).catch(refused) : each)),
          )
        : await this.#submit(planned);
    return results.map((result) => this.#answer(result));
  }

  /** The answer to the item at which the batch ends before its time. */
  answerToLast(error: Failure): BatchAnswer {
    return this.#answer({ error });
  }

  /** @throws Failure with all that is wrong with the item */
  async #plan(item: BatchItem): Promise<PlannedItem> {
    if ('failure' in item) throw item.failure;
    const { planJob, sender } = this.#parts;
    if (!isObject(item.value) || !('idempotencyKey' in item.value))
      return { planned: await planJob(item.value, sender) };
    const { idempotencyKey, ...request } = item.value;
    const mistakes = mistakesInKey(idempotencyKey, '/idempotencyKey');
    const planned = await planJob(request, sender).catch((error: unknown) => {
      throw isFailure(error) && error.errors !== undefined ? invalid([...mistakes, ...error.errors]) : error;
    });
    if (mistakes.length > 0) throw invalid(mistakes);
    return { planned, keyed: keyedRequest(sender.client, String(idempotencyKey), request) };
  }

  async #foresee({ planned, keyed }: PlannedItem): Promise<Success> {
    return { status: 200, dryRun: await dryRunOf(planned, keyed, this.#parts.services) };
  }

  async #submit(items: readonly (PlannedItem | Refused)[]): Promise<(Success | Refused)[]> {
    const submissions = items.filter(isPlanned).map(({ planned: { job, work }, keyed }) => ({
      job,
      ...(work === undefined ? {} : { work }),
      ...(keyed === undefined ? {} : { keyed }),
    }));
    const results = (await submitMany(this.#parts.services.queue, submissions)).values();
    return Promise.all(
      items.map((item) =>
        isPlanned(item) ? this.#conclude(item, results.next().value).catch(refused) : item,
      ),
    );
  }

  /** @throws Failure where it was not accepted */
  async #conclude({ planned }: PlannedItem, result: SubmissionResult | undefined): Promise<Success> {
    if (result === 'key_reused') throw keyReused('idempotencyKey');
    if (result === undefined || 'error' in result) throw result?.error;
    logAccepted(this.#parts.services.log, planned.job, result);
    const { message, jobId, status, reused } = await acceptanceOf(
      planned.job,
      result,
      this.#parts.services.queue,
    );
    return { status: 202, message, jobId, jobStatus: status, ...(reused === undefined ? {} : { reused }) };
  }

  #answer(result: Success | Refused): BatchAnswer {
    const index = this.#answered;
    this.#answered += 1;
    if (!('error' in result)) return { index, ...result };
    const { services, path } = this.#parts;
    const known = this.#failureOf(result.error, index);
    const problem = problemOf(known, path, services.registry, services.config.basePath);
    const errors = known.errors === undefined ? {} : { errors: [...known.errors] };
    return { index, status: problem.status, error: { ...problem, ...errors } };
  }

  /** The log has what the client may not see; of a queue that is away, once. */
  #failureOf(error: unknown, index: number): Failure {
    const known = isFailure(error)
      ? error
      : failure('internal_error', 'The item failed for a reason of our own; the log has it.', {
          cause: error,
        });
    const isFirst = known.code === 'queue_unavailable' && !this.#isQueueAway;
    if (isFirst || known.code === 'internal_error') {
      const { services, sender } = this.#parts;
      services.log.error({ err: known.cause ?? error, requestId: sender.requestId, index }, known.code);
    }
    this.#isQueueAway ||= isFirst;
    return known;
  }
}

const refused = (error: unknown): Refused => ({ error });

const isPlanned = (item: PlannedItem | Refused): item is PlannedItem => 'planned' in item;

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const notTried = () =>
  failure('queue_unavailable', 'The queue stopped answering in this batch; the item was not tried.');
