/** What is posted to the `callbackUrl` of a job, for the document: a request that this server sends. */
import { z } from 'zod';
import { callbackMessageSchema } from '../../models/callback.js';
import type { Callback, Parameter } from '../operation.js';

const header = (name: string, description: string, example: string): Parameter => ({
  name,
  in: 'header',
  schema: z.string(),
  description,
  example,
});

const job = {
  id: 'calculation_01kb4nq5xaewr9m3xj3t1qh8zd',
  type: 'calculation',
  version: 1,
  status: 'completed',
  payload: { operation: 'sum', numbers: [1, 2, 3] },
  result: { sum: 6 },
  createdAt: '2026-11-24T11:59:59.958Z',
  startedAt: '2026-11-24T11:59:59.961Z',
  completedAt: '2026-11-24T12:00:00.000Z',
  attempts: { made: 1, max: 3 },
  priority: 'normal',
  queueTimeMs: 3,
  processingTimeMs: 39,
  worker: 'host-4242-9f3a',
  callbackUrl: 'https://example.com/hooks/jobs',
  links: {
    self: '/api/jobs/calculation_01kb4nq5xaewr9m3xj3t1qh8zd',
    type: '/api/types/calculation',
    events: '/api/jobs/calculation_01kb4nq5xaewr9m3xj3t1qh8zd/events',
    logs: '/api/jobs/calculation_01kb4nq5xaewr9m3xj3t1qh8zd/logs',
  },
};

export const jobEnded: Callback = {
  url: '{$request.body#/options/callbackUrl}',
  id: 'jobEnded',
  summary: 'Told how a job ended',
  description:
    'Sent once a job with a `callbackUrl` has completed, failed or was cancelled, signed as Standard Webhooks says. ' +
    'At least once: `webhook-id` tells a message that came before. Verify the signature over the bytes of the body before reading it.',
  parameters: [
    header('webhook-id', 'The message: the same in every attempt.', 'msg_2x8zv0kq7te5ksnh3r6g1m9d4w'),
    header('webhook-timestamp', 'When this attempt was sent, in seconds since the epoch.', '1795521600'),
    header(
      'webhook-signature',
      '`v1,` and the base64 of the HMAC-SHA256 over `id.timestamp.body`; several, with spaces between, while a secret is replaced.',
      'v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=',
    ),
  ],
  body: {
    'application/json': {
      schema: callbackMessageSchema,
      // Open to members that a later version adds.
      io: 'input',
      examples: {
        completed: {
          summary: 'A job has completed',
          value: { type: 'job.completed', timestamp: job.completedAt, data: job },
        },
      },
    },
  },
  responses: {
    '2XX': 'The receiver has the message.',
    '3XX': 'Permanent: a redirect is not followed.',
    '4XX': 'Permanent, no further attempt; but 408, 409, 425 and 429 are tried again.',
    '410': 'Permanent: the receiver wants no more of it.',
    '429': 'Tried again, not before its `Retry-After`.',
    '5XX': 'Tried again, with growing pauses and not before its `Retry-After`.',
  },
};
