/** The job that a path names, for every operation on one. */
import { failure } from '../models/failure.js';
import type { Job } from '../models/job.js';
import type { Services } from './operation.js';

/** @throws Failure `job_not_found`, `queue_unavailable` */
export async function findJob({ queue }: Pick<Services, 'queue'>, id: string): Promise<Job> {
  const job = await queue.find(id);
  if (job === undefined) throw failure('job_not_found', `There is no job ${JSON.stringify(id)}.`);
  return job;
}
