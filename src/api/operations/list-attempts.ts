/** `GET /api/jobs/:id/attempts`: the attempts of a job that failed, each with its own error. */
import { failedAttemptListSchema } from '../../models/failed-attempt.js';
import { failedAttempts } from '../../queue/lists/failed-attempts.js';
import { jobIdParameter } from '../job-id-parameter.js';
import type { Operation } from '../operation.js';

export const listAttempts: Operation = {
  id: 'listAttempts',
  method: 'get',
  path: '/api/jobs/:id/attempts',
  scope: 'read',
  tag: 'Jobs',
  summary: 'List the failed attempts of a job',
  description:
    'In their order, the latest 100. The job itself shows the error of the last one only, and none once it has completed. What ' +
    'ended without having run, such as a job that was cancelled while it waited, made no attempt.',
  parameters: [jobIdParameter],
  responses: () => ({
    200: {
      description: 'The attempts that failed.',
      content: {
        'application/json': {
          schema: failedAttemptListSchema,
          examples: {
            one: {
              summary: 'One timed out',
              value: {
                attempts: [
                  {
                    attempt: 1,
                    startedAt: '2026-11-05T09:00:00.012Z',
                    endedAt: '2026-11-05T09:00:30.015Z',
                    code: 'attempt_timeout',
                    detail: 'The attempt ran longer than 30000 ms.',
                    worker: 'worker-1-4711-9af2',
                  },
                ],
              },
            },
          },
        },
      },
    },
    304: { description: 'The attempts are as `If-None-Match` says.' },
  }),
  errors: ['job_not_found', 'job_gone', 'queue_unavailable'],
  handle:
    ({ queue }) =>
    async (request, response) => {
      const { id } = await queue.get(String(request.params.id));
      const attempts = await failedAttempts(queue.access, id);
      response.set('Cache-Control', 'no-cache').json({ attempts });
    },
};
