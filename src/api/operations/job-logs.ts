/** `GET /api/jobs/:id/logs`: what the processor logged. */
import { z } from 'zod';
import { jobLogsSchema } from '../../models/job-logs.js';
import { invalid, tryParse } from '../explain.js';
import { jobIdParameter } from '../job-id-parameter.js';
import type { Operation } from '../operation.js';

const fromSchema = z.int().min(0).max(1_000_000);
const limitSchema = z.int().min(1).max(1_000);

const querySchema = z.strictObject({
  from: z.preprocess(numberIn, fromSchema).default(0),
  limit: z.preprocess(numberIn, limitSchema).default(100),
});

export const getJobLogs: Operation = {
  id: 'getJobLogs',
  method: 'get',
  path: '/api/jobs/:id/logs',
  scope: 'read',
  tag: 'Jobs',
  summary: 'Read the log of a job',
  description:
    'The lines that its processor logged, of all attempts, oldest first. While a job with more lines than are kept is ' +
    'running, its oldest lines go, and the others move up.',
  parameters: [
    jobIdParameter,
    { name: 'from', in: 'query', schema: fromSchema.default(0), description: 'Index of the first line.' },
    { name: 'limit', in: 'query', schema: limitSchema.default(100), description: 'Lines at the most.' },
  ],
  responses: () => ({
    200: { description: 'The lines.', content: { 'application/json': { schema: jobLogsSchema } } },
    304: { description: 'The lines are as `If-None-Match` says.' },
  }),
  errors: ['validation_failed', 'job_not_found', 'job_gone', 'queue_unavailable'],
  handle: (services) => async (request, response) => {
    const query = tryParse(querySchema, request.query);
    // The pointer of a parameter is its name.
    if ('mistakes' in query)
      throw invalid(query.mistakes.map((mistake) => ({ ...mistake, pointer: mistake.pointer.slice(1) })));
    const { id } = await services.queue.get(String(request.params.id));
    const page = await services.logs.read(id, query.value.from, query.value.limit);
    response.set('Cache-Control', 'no-cache').json(page);
  },
};

/** Of a parameter that is a number, or what it is instead. */
function numberIn(given: unknown): unknown {
  return typeof given === 'string' && /^-?\d+(\.\d+)?$/.test(given) ? Number(given) : given;
}
