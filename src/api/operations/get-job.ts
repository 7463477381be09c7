/** `GET /api/jobs/:id`: the job as it is now. */
import type { JobSummary } from '../../queue/job-summaries.js';
import { jobIdParameter } from '../job-id-parameter.js';
import { jobUnion } from '../job-schemas.js';
import type { Operation, Services } from '../operation.js';
import { problemOf } from '../problem.js';

export const getJob: Operation = {
  id: 'getJob',
  method: 'get',
  path: '/api/jobs/:id',
  tag: 'Jobs',
  summary: 'Read a job',
  description: 'The job with its status, its times and, when it has finished, its result or its error.',
  parameters: [jobIdParameter],
  responses: (registry) => ({
    200: {
      description: 'The job.',
      headers: { ETag: { description: 'Changes when the job changes.' } },
      // The payload is as it was sent.
      content: { 'application/json': { schema: jobUnion(registry), io: 'input' } },
    },
    304: { description: 'The job is as `If-None-Match` says.' },
  }),
  errors: ['job_not_found', 'job_gone', 'queue_unavailable'],
  handle: (services) => async (request, response) => {
    const id = String(request.params.id);
    const job = await services.queue.get(id);
    response.set('Cache-Control', 'no-cache').json(representationOf(job, services));
  },
};

/** Adds what only the API knows: links, and the error as a problem. */
export function representationOf<Shown extends JobSummary>(
  job: Shown,
  { config: { basePath }, registry }: Pick<Services, 'config' | 'registry'>,
) {
  const self = `${basePath}/api/jobs/${job.id}`;
  const { error, ...rest } = job;
  return {
    ...rest,
    ...(error === undefined ? {} : { error: problemOf(error, self, registry, basePath) }),
    links: { self, type: `${basePath}/api/types/${job.type}` },
  };
}
