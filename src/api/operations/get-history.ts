/** `GET /api/stats/history`: the last hour, minute by minute. */
import { z } from 'zod';
import { historyMinutesMax, historySchema } from '../../models/history.js';
import { readHistory } from '../../queue/history/read-history.js';
import type { Registry } from '../../workers/registry.js';
import { principalOf, requireType } from '../access/principal.js';
import type { Operation } from '../operation.js';
import { parseQuery } from '../query.js';

export const getHistory: Operation = {
  id: 'getHistory',
  method: 'get',
  path: '/api/stats/history',
  scope: 'read',
  tag: 'Service',
  summary: 'Read the last hour, minute by minute',
  description:
    'By type and by lane: jobs that ended, how long they had waited and run (median and 95th percentile), how many waited, and how ' +
    'long the oldest had. A client sees the ends of its own tenant’s jobs; how many wait only where it sees all tenants.',
  parameters: [
    {
      name: 'minutes',
      in: 'query',
      schema: z.int().min(1).max(historyMinutesMax).default(historyMinutesMax),
      description: 'How many, the one that is under way included.',
    },
    {
      name: 'type',
      in: 'query',
      schema: z.string(),
      description: 'Jobs of this type only. Default: of all types, the internal ones included.',
      example: 'calculation',
    },
  ],
  responses: () => ({
    200: {
      description: 'The minutes.',
      content: {
        'application/json': {
          schema: historySchema,
          examples: { minute: { summary: 'The latest minute', value: example } },
        },
      },
    },
  }),
  errors: ['validation_failed', 'queue_unavailable'],
  handle: ({ queue, registry }) => {
    const schema = querySchema(registry);
    const all = [...registry.values()].map(({ definition: { type, policy } }) => ({
      type,
      lane: policy.lane,
    }));
    return async (request, response) => {
      const { type: asked, minutes } = parseQuery(schema, request);
      const principal = principalOf(request);
      if (asked !== undefined) requireType(principal, asked);
      const types = all.filter(
        ({ type }) => (asked === undefined || type === asked) && (principal.types?.has(type) ?? true),
      );
      const history = await readHistory(queue.access, { types, tenant: principal.sees, minutes });
      response.set('Cache-Control', 'no-store').json(history);
    };
  },
};

const querySchema = (registry: Registry) =>
  z.strictObject({
    type: z.enum([...registry.keys()]).optional(),
    minutes: z
      .string()
      .refine((text) => /^\d{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= historyMinutesMax, {
        error: `expected a whole number from 1 to ${historyMinutesMax}`,
      })
      .transform(Number)
      .optional(),
  });

const minute = {
  at: '2026-11-20T09:30:00.000Z',
  completed: 391,
  failed: 2,
  cancelled: 0,
  queueMs: { median: 13, p95: 304 },
  processingMs: { median: 1_218, p95: 2_896 },
  pending: 41,
  oldestPendingMs: 6_300,
};

const example: z.output<typeof historySchema> = {
  from: '2026-11-20T09:30:00.000Z',
  until: '2026-11-20T09:30:42.000Z',
  lanes: {
    short: [minute],
    long: [{ at: '2026-11-20T09:30:00.000Z', completed: 0, failed: 0, cancelled: 0 }],
  },
  types: { calculation: { lane: 'short', minutes: [minute] } },
};
