/** What is told of a submission: the words of a 202, of an item of a batch, and of a dry run. */
import type { Acceptance } from '../../models/acceptance.js';
import { failure } from '../../models/failure.js';
import type { JobStatus } from '../../models/job.js';
import type { JobQueue, NewJob, Reused, Submitted } from '../../queue/job-queue.js';
import { delayOf } from '../../queue/submission/add-jobs.js';

/** @throws Failure `job_gone`, `queue_unavailable` */
export async function acceptanceOf(
  job: NewJob,
  { id, reused }: Submitted,
  queue: JobQueue,
): Promise<Acceptance> {
  if (reused === undefined)
    return { message: 'Job accepted', jobId: id, status: statusOfNew(job, queue.access.now()) };
  queue.access.counts.reused(job.type, reused);
  return { message: reuseMessages[reused], jobId: id, status: await statusOf(id, queue), reused };
}

const reuseMessages: Record<Reused, string> = {
  idempotency_key: 'This request was accepted before',
  joined: 'The same work is under way',
  cached: 'The same work is done',
};

/** What it is as long as nobody has taken it. */
export function statusOfNew({ options, children = [] }: NewJob, nowMs: number): JobStatus {
  if (children.length > 0) return 'blocked';
  return delayOf(options, nowMs) > 0 ? 'scheduled' : 'pending';
}

/**
 * Of a job that is there already.
 *
 * @throws Failure `job_gone`, `queue_unavailable`
 */
export async function statusOf(id: string, queue: JobQueue): Promise<JobStatus> {
  const job = await queue.find(id);
  if (job !== undefined) return job.status;
  throw failure('job_gone', `This request was accepted before, as ${id}; the job has been removed since.`);
}
