/** `GET /api/jobs/:id/why`: why a job waits, and how long. */
import { type Why, whySchema } from '../../models/why.js';
import { jobIdParameter } from '../job-id-parameter.js';
import type { Operation } from '../operation.js';

const jobId = 'calculation_01kb4nq5xaewr9m3xj3t1qh8zd';

const examples: Record<string, { summary: string; value: Why }> = {
  queue: {
    summary: 'In the queue, behind others',
    value: {
      jobId,
      status: 'pending',
      reasons: [
        {
          code: 'workers_busy',
          detail: '8 of calculation run now, and the workers alive take 8 at once.',
          running: 8,
          limit: 8,
        },
        { code: 'queue', detail: '41 jobs are before it.' },
      ],
      position: 41,
      estimatedStartAt: '2026-11-20T09:30:06.300Z',
      estimatedWaitMs: 6_300,
      estimateBasis: { position: 41, running: 8, slots: 8, processingMs: 1_200 },
    },
  },
  noWorker: {
    summary: 'Nobody is there to run it',
    value: {
      jobId,
      status: 'pending',
      reasons: [{ code: 'no_worker', detail: '2 workers are alive, none for the long lane.' }],
      position: 0,
    },
  },
  children: {
    summary: 'Its children are unfinished',
    value: {
      jobId,
      status: 'blocked',
      reasons: [
        {
          code: 'children',
          detail: '1 child is unfinished.',
          unfinished: 1,
          jobIds: ['file_processing_01kb4nq5xcf1wtmpv5ktcwd4m2'],
        },
      ],
    },
  },
  backoff: {
    summary: 'Between two attempts',
    value: {
      jobId,
      status: 'retrying',
      reasons: [
        {
          code: 'backoff',
          detail: 'Attempt 2 is due at 2026-11-20T09:30:04.000Z.',
          until: '2026-11-20T09:30:04.000Z',
        },
      ],
      estimatedStartAt: '2026-11-20T09:30:04.000Z',
      estimatedWaitMs: 4_000,
      estimateBasis: { position: 0, running: 3, slots: 8, processingMs: 1_200 },
    },
  },
  running: {
    summary: 'It runs',
    value: {
      jobId,
      status: 'processing',
      reasons: [
        { code: 'running', detail: 'It is run by worker-a-4711-9f3c since 2026-11-20T09:30:00.000Z.' },
      ],
    },
  },
};

export const whyJob: Operation = {
  id: 'whyJob',
  method: 'get',
  path: '/api/jobs/:id/why',
  scope: 'read',
  tag: 'Jobs',
  summary: 'Why does a job wait?',
  description:
    'Every reason that holds, the one to act on first; the place of the job in its queue; and when it will probably start, ' +
    'by the mean length of recent attempts and the workers that are alive.',
  parameters: [jobIdParameter],
  responses: () => ({
    200: {
      description: 'The reasons.',
      content: { 'application/json': { schema: whySchema, examples } },
    },
  }),
  errors: ['job_not_found', 'job_gone', 'queue_unavailable'],
  handle:
    ({ outlook, queue }) =>
    async (request, response) => {
      const id = String(request.params.id);
      const why = await outlook.why(id);
      // It may be gone, or never have been there: then this says so.
      if (why === undefined) await queue.get(id);
      response.set('Cache-Control', 'no-store').json(why);
    },
};
