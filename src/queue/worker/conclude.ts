/**
 * The outcome of an attempt in BullMQ's terms: a value or an error that its Worker understands, and what is to be done
 * before.
 */
import { type Job as BullJob, DelayedError, UnrecoverableError, WaitingError } from 'bullmq';
import type { JobEventFacts } from '../../models/job-event.js';
import type { Outcome } from '../../models/outcome.js';
import type { Connection } from '../connection.js';
import { type OwnKeys, queueKeys } from '../keys.js';
import { failedReasonOf, type JobData, ownFields } from '../stored-job.js';
import { noteCompleted } from '../tenants/tenant-sets.js';

/** How long a job that this worker cannot run now is left to others, before it looks at it again, in milliseconds. */
const heldMs = 2_000;

export interface ConcludeParts {
  connection: Connection;
  prefix: string;
  type: string;
  keys: OwnKeys;
  events: { emit(event: JobEventFacts): void };
  now: () => number;
  onError: (error: Error) => void;
}

/** @throws what tells BullMQ's Worker to do anything but complete the job. */
export async function conclude(
  parts: ConcludeParts,
  outcome: Outcome,
  job: BullJob<JobData>,
  token: string,
): Promise<unknown> {
  const { connection, prefix, type, events, now } = parts;
  const jobId = job.id ?? '';
  if (outcome.kind !== 'completed' && outcome.kind !== 'failed' && outcome.kind !== 'cancelled') {
    // It would wait for another run, and was cancelled too late for this one to be stopped.
    const reason = await connection.hget(queueKeys(prefix, type).job(jobId), 'defa');
    if (reason !== null) throw new UnrecoverableError(reason);
  }
  switch (outcome.kind) {
    case 'completed':
      // On the same connection, so before BullMQ's end; too early does no harm.
      noteCompleted(parts, jobId, job.data.tenant).catch(parts.onError);
      return outcome.result;
    case 'retry':
      throw new AttemptFailed(failedReasonOf(outcome.error), outcome.error.internal, outcome.retryAfterMs);
    case 'cancelled':
    case 'failed': {
      const error = new UnrecoverableError(failedReasonOf(outcome.error));
      error.stack = outcome.error.internal ?? error.message;
      throw error;
    }
    case 'held':
      await connection.hset(queueKeys(prefix, type).job(jobId), ownFields.held, 1);
      await job.moveToDelayed(now() + heldMs, token);
      events.emit({ kind: 'status', jobId, status: 'pending' });
      throw new DelayedError();
    case 'handed_back':
      await handBack(parts, jobId, () => job.moveToWait(token));
      throw new WaitingError();
  }
}

/** To its queue, with no attempt counted. */
export async function handBack(
  { connection, prefix, type, events }: Pick<ConcludeParts, 'connection' | 'prefix' | 'type' | 'events'>,
  jobId: string,
  moveToWait: () => Promise<unknown>,
): Promise<void> {
  await moveToWait();
  // For a job with a priority BullMQ wakes nobody: an idle worker would look for itself, after up to 5 s.
  await connection.zadd(queueKeys(prefix, type).marker, 0, '0');
  events.emit({ kind: 'status', jobId, status: 'pending' });
}

export class AttemptFailed extends Error {
  constructor(
    message: string,
    internal: string | undefined,
    readonly retryAfterMs = 0,
  ) {
    super(message);
    this.stack = internal ?? message;
  }
}
