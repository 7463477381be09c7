/** `GET /api/stats`: jobs by type and status, how long they wait, how fast they are done. */
import { type Stats, statsSchema } from '../../models/stats.js';
import type { Operation } from '../operation.js';

const queue = {
  jobs: { pending: 41, delayed: 2, blocked: 0, processing: 8, completed: 9_120, failed: 3, cancelled: 1 },
  oldestPendingMs: 6_300,
  attemptsPerSecond: 6.5,
  workers: 2,
  slots: 8,
};

const example: Stats = {
  at: '2026-11-20T09:30:00.000Z',
  workers: 2,
  lanes: {
    short: queue,
    long: {
      jobs: { pending: 0, delayed: 0, blocked: 0, processing: 0, completed: 12, failed: 0, cancelled: 0 },
      attemptsPerSecond: 0,
      workers: 2,
      slots: 4,
    },
  },
  types: { calculation: { lane: 'short', paused: false, ...queue, processingMs: 1_204.5 } },
};

export const getStats: Operation = {
  id: 'getStats',
  method: 'get',
  path: '/api/stats',
  scope: 'admin',
  tag: 'Service',
  summary: 'Read the figures of the service',
  description:
    'Jobs by type and status, how long they wait, how fast they are done, over all servers. What Redis keeps count of is read and ' +
    'nothing is scanned; whoever asks within a second is told the same.',
  responses: () => ({
    200: {
      description: 'The figures.',
      content: {
        'application/json': {
          schema: statsSchema,
          examples: { busy: { summary: 'A service at work', value: example } },
        },
      },
    },
  }),
  errors: ['queue_unavailable'],
  handle:
    ({ stats }) =>
    async (_request, response) =>
      void response.set('Cache-Control', 'no-store').json(await stats.read()),
};
