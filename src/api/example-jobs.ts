/** Jobs as the documentation shows them. */
import type { z } from 'zod';
import type { jobSchema } from '../models/job.js';

const self = '/api/jobs/calculation_01kb4nq5xaewr9m3xj3t1qh8zd';

/** A job in a list. */
export const exampleSummary = {
  id: 'calculation_01kb4nq5xaewr9m3xj3t1qh8zd',
  type: 'calculation',
  version: 1,
  status: 'failed',
  error: {
    type: '/api/errors/attempt_timeout',
    title: 'The attempt took too long',
    status: 504,
    detail: 'The attempt ran longer than 30000 ms.',
    instance: self,
    code: 'attempt_timeout',
  },
  createdAt: '2026-11-05T09:00:00.000Z',
  startedAt: '2026-11-05T09:02:00.100Z',
  failedAt: '2026-11-05T09:02:30.101Z',
  attempts: { made: 3, max: 3 },
  priority: 'normal',
  queueTimeMs: 120_100,
  processingTimeMs: 30_001,
  worker: 'worker-1-4711-9af2',
  tags: ['invoice-42'],
  links: {
    self,
    type: '/api/types/calculation',
    events: `${self}/events`,
    logs: `${self}/logs`,
  },
} satisfies Omit<z.output<typeof jobSchema>, 'payload'>;

const { error: _error, startedAt: _startedAt, failedAt: _failedAt, ...unfinished } = exampleSummary;
const {
  queueTimeMs: _queueTimeMs,
  processingTimeMs: _processingTimeMs,
  worker: _worker,
  ...waiting
} = unfinished;

/** A job that waits. */
export const examplePending = {
  ...waiting,
  status: 'pending',
  payload: { operation: 'sum', numbers: [1, 2, 3] },
  attempts: { made: 3, max: 6 },
} satisfies z.output<typeof jobSchema>;

/** The same, cancelled. */
export const exampleCancelled = {
  ...examplePending,
  status: 'cancelled',
  error: {
    type: '/api/errors/cancelled',
    title: 'The job was cancelled',
    status: 409,
    detail: 'A client cancelled the job.',
    instance: self,
    code: 'cancelled',
  },
  cancelledAt: '2026-11-05T09:05:00.000Z',
} satisfies z.output<typeof jobSchema>;

/** The same while it runs, told to stop. */
export const exampleStopping = {
  ...examplePending,
  status: 'processing',
  startedAt: '2026-11-05T09:02:00.100Z',
  cancelRequestedAt: '2026-11-05T09:02:07.000Z',
  attempts: { made: 4, max: 6 },
  queueTimeMs: 120_100,
  worker: 'worker-1-4711-9af2',
} satisfies z.output<typeof jobSchema>;
