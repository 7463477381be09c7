/**
 * The internal job type `bulk_operation`: does one thing to every job that matches a filter, page by page, a few at a
 * time. It keeps no list: a job to which it was done no longer matches, so an operation whose worker died starts again
 * and finds what is left.
 *
 * It needs the queue, which no processor knows; the worker server hands it in. An API server has the contract only.
 */
import {
  type BulkAction,
  type BulkPayload,
  type BulkResult,
  bulkOperationType,
  bulkPayloadSchema,
  bulkResultSchema,
} from '../models/bulk.js';
import { isFailure } from '../models/failure.js';
import { type JobType, ownJobType, type ProcessorContext } from '../models/job-type.js';
import type { JobList } from '../queue/lists/job-list.js';
import { countSelected, type JobCount, selectedJobs } from '../queue/lists/selected-jobs.js';

export interface BulkTools {
  list: JobList;
  /** @throws Failure where it cannot be done to the job */
  apply(action: BulkAction, jobId: string): Promise<unknown>;
}

/** Jobs that are changed at once. */
const atOnce = 10;
/** Errors that the result names. */
const errorsMax = 10;

/** Failures that say: the job is not there, or not so, any more. */
const movedOn = new Set([
  'job_not_found',
  'job_gone',
  'job_not_cancellable',
  'job_not_retryable',
  'job_not_finished',
]);

/** @param open Gives what it works with, when it is first needed. Without it the type can be read and not run. */
export function bulkOperation(open?: () => Promise<BulkTools>): JobType {
  return ownJobType({
    type: bulkOperationType,
    title: 'Bulk operation',
    description:
      'Cancels, retries or deletes every job that matches a filter. `POST /api/bulk` submits these jobs.',
    internal: true,
    payload: bulkPayloadSchema,
    result: bulkResultSchema,
    examples: [
      {
        summary: 'Send everything back that failed because a remote server did',
        payload: {
          action: 'retry',
          filter: { error: 'remote_error' },
          types: ['data_enrichment', 'file_processing'],
          before: '2026-11-24T12:00:00.000Z',
        },
      },
    ],
    policy: { lane: 'long', attempts: 20, backoff: { initialMs: 1_000, maxMs: 60_000 } },
    async run(payload, context) {
      if (open === undefined) throw new Error('this server does not run bulk operations');
      return operate(payload, await open(), context);
    },
  });
}

async function operate(
  payload: BulkPayload,
  { list, apply }: BulkTools,
  { jobId, signal, progress, log }: ProcessorContext,
): Promise<BulkResult> {
  const expected = await countSelected(list, payload, 0);
  const result: BulkResult = { matched: 0, changed: 0, skipped: 0, failed: 0, errors: [] };
  // A job that runs may fail and go back, to be tried again, to where the first pass has been.
  for (let passes = payload.action === 'cancel' ? 2 : 1; passes > 0; passes--)
    for await (const jobs of selectedJobs(list, payload)) {
      const due = jobs.filter(({ id, cancelRequestedAt }) => id !== jobId && cancelRequestedAt === undefined);
      for (let at = 0; at < due.length; at += atOnce) {
        signal.throwIfAborted();
        const some = due.slice(at, at + atOnce);
        await Promise.all(some.map(({ id }) => changeOne(id)));
        progress(percentOf(result, expected), wordsOf(result, expected));
      }
    }
  return result;

  async function changeOne(id: string): Promise<void> {
    result.matched += 1;
    try {
      await apply(payload.action, id);
      result.changed += 1;
    } catch (error) {
      const { code, detail } = isFailure(error)
        ? error
        : { code: 'internal_error', detail: 'It failed for a reason of our own.' };
      // Nothing can be done to any of them: the attempt is over, and the next one goes on.
      if (code === 'queue_unavailable') throw error;
      if (movedOn.has(code)) result.skipped += 1;
      else {
        result.failed += 1;
        if (result.errors.length < errorsMax) result.errors.push({ jobId: id, code, detail });
        log(`${id}: ${code}: ${detail}`);
      }
    }
  }
}

/** Never all of it before the end: where counting stopped, nobody knows how much there is. */
function percentOf({ matched }: BulkResult, { count, complete }: JobCount): number {
  const all = complete ? Math.max(count, matched) : matched + count;
  return (99 * matched) / all;
}

const wordsOf = ({ matched, changed }: BulkResult, { count, complete }: JobCount) =>
  `${matched} of ${complete ? '' : 'more than '}${Math.max(count, matched)}; ${changed} changed`;
