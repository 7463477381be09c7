/** `GET /api/jobs/:id`: the job as it is now, or as it is when it has ended. */
import { representationOf as jobRepresentation } from '../../models/job-representation.js';
import type { JobSummary } from '../../queue/lists/job-summaries.js';
import { preferParameter } from '../events/prefer.js';
import { waitAsPreferred } from '../events/wait-for-end.js';
import { jobIdParameter } from '../job-id-parameter.js';
import { jobUnion } from '../job-schemas.js';
import type { Operation, Services } from '../operation.js';
import { sendTagged } from '../send-json.js';

export const getJob: Operation = {
  id: 'getJob',
  method: 'get',
  path: '/api/jobs/:id',
  scope: 'read',
  tag: 'Jobs',
  summary: 'Read a job',
  description:
    'The job with its status, its times and, when it has finished, its result or its error. With `Prefer: wait=10` the ' +
    'answer comes when the job has finished, or after 10 seconds with the job as it is then.',
  parameters: [jobIdParameter, preferParameter],
  responses: (registry) => ({
    200: {
      description: 'The job.',
      headers: {
        ETag: { description: 'Changes when the job changes.' },
        'Preference-Applied': { description: 'How long the answer may have waited.' },
      },
      // The payload is as it was sent.
      content: { 'application/json': { schema: jobUnion(registry), io: 'input' } },
    },
    304: { description: 'The job is as `If-None-Match` says.' },
  }),
  errors: ['job_not_found', 'job_gone', 'queue_unavailable'],
  handle: (services) => async (request, response) => {
    const id = String(request.params.id);
    const found = await services.queue.get(id);
    const finished = await waitAsPreferred(services, request, response, id, found);
    const job = finished ?? (await services.queue.get(id));
    response.setHeader('Cache-Control', 'no-cache');
    sendTagged(response, representationOf(job, services));
  },
};

/** The job as this server answers it, whole or in a list. */
export const representationOf = <Shown extends JobSummary>(
  job: Shown,
  { config: { basePath }, registry }: Pick<Services, 'config' | 'registry'>,
) => jobRepresentation(job, { basePath, definitions: registry });
