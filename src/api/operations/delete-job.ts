/** `DELETE /api/jobs/:id`: a finished job, what is kept of it, and its files. */
import { removeOutputs } from '../../files/output-files.js';
import { isFinal } from '../../models/job.js';
import { jobIdParameter } from '../job-id-parameter.js';
import type { Operation } from '../operation.js';

export const deleteJob: Operation = {
  id: 'deleteJob',
  method: 'delete',
  path: '/api/jobs/:id',
  scope: 'operate',
  tag: 'Jobs',
  summary: 'Delete a finished job',
  description:
    'Removes the job and the files that it made; its children and its parent stay. Its id answers 410 for a while, then 404. ' +
    'To delete it again changes nothing.',
  parameters: [jobIdParameter],
  responses: () => ({ 204: { description: 'The job is gone.' } }),
  errors: ['job_not_found', 'job_not_finished', 'queue_unavailable', 'storage_unavailable'],
  handle:
    ({ queue, files, log }) =>
    async (request, response) => {
      const id = String(request.params.id);
      const job = await queue.find(id);
      // Before the record: should we die in between, it still says that there is something to delete.
      if (job !== undefined && isFinal(job.status)) await removeOutputs(files, id);
      if (await queue.changes.remove(id))
        log.info({ requestId: response.getHeader('X-Request-Id'), jobId: id }, 'job removed');
      response.status(204).end();
    },
};
