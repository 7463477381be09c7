/** `GET /api/workers`: the worker servers that are alive, what each of them can run, and what it runs now. */
import { workerListSchema } from '../../models/worker.js';
import type { Operation } from '../operation.js';

const example = {
  workers: [
    {
      name: 'worker-a-4711-9f3c',
      host: 'worker-a',
      pid: 4711,
      startedAt: '2026-11-20T08:00:00.000Z',
      version: '0.1.0',
      lanes: ['short', 'long'],
      types: { calculation: { version: 1, concurrency: 4 }, file_processing: { version: 1, concurrency: 4 } },
      lastSeenAt: '2026-11-20T09:30:05.000Z',
      aliveUntil: '2026-11-20T09:30:20.000Z',
      running: [
        {
          id: 'calculation_01kb4nq5xaewr9m3xj3t1qh8zd',
          type: 'calculation',
          startedAt: '2026-11-20T09:30:04.210Z',
          attempt: 1,
        },
      ],
    },
  ],
};

export const listWorkers: Operation = {
  id: 'listWorkers',
  method: 'get',
  path: '/api/workers',
  scope: 'admin',
  tag: 'Service',
  summary: 'List the worker servers that are alive',
  description:
    'Each says every 5 seconds that it lives, and counts for 15. One that stops leaves the list at once; one that dies, when its time is over.',
  responses: () => ({
    200: {
      description: 'The workers, by name.',
      content: {
        'application/json': {
          schema: workerListSchema,
          examples: { one: { summary: 'One worker server', value: example } },
        },
      },
    },
  }),
  errors: ['queue_unavailable'],
  handle:
    ({ queue }) =>
    async (_request, response) =>
      void response.set('Cache-Control', 'no-store').json({ workers: await queue.busyWorkers() }),
};
