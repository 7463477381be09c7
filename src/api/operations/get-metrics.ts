/** `GET /metrics`: the figures of this server, for Prometheus. */
import { z } from 'zod';
import type { Operation } from '../operation.js';

export const getMetrics: Operation = {
  id: 'getMetrics',
  method: 'get',
  path: '/metrics',
  scope: 'admin',
  tag: 'Service',
  summary: 'Read the figures for Prometheus',
  description:
    'Of this server, and of the queues as all servers see them; those are absent while Redis is away. `docs/metrics.md` lists them.',
  responses: () => ({
    200: {
      description: "The figures, in Prometheus's text format.",
      content: { 'text/plain': { schema: z.string() } },
    },
  }),
  errors: [],
  handle:
    ({ metrics }) =>
    async (_request, response) =>
      void response
        .set('Cache-Control', 'no-store')
        .type(metrics.contentType)
        .send(await metrics.text()),
};
