/** The line of the log for each job that was accepted; it ties the id of the request to the id of the job. */
import type { Logger } from '../../log.js';
import type { NewJob, Submitted } from '../../queue/job-queue.js';

export function logAccepted(
  log: Logger,
  { type, requestId, children = [] }: NewJob,
  submitted: Submitted,
): void {
  const { id: jobId, reused } = submitted;
  log.info(
    {
      requestId,
      jobId,
      type,
      ...(children.length === 0 ? {} : { children: children.length }),
      ...(reused === undefined ? {} : { reused }),
    },
    'job accepted',
  );
}
