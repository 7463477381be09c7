/** `GET /api/schedules`: a page of them, in the order of their ids. */
import { z } from 'zod';
import { scheduleListSchema } from '../../models/schedule.js';
import { nameOf } from '../../queue/schedules/schedules.js';
import { isVisible, principalOf } from '../access/principal.js';
import { invalid, tryParse } from '../explain.js';
import type { Operation } from '../operation.js';
import { inList } from './get-schedule.js';

const querySchema = z.strictObject({
  limit: z
    .string()
    .regex(/^(?:[1-9]\d?|100)$/, 'expected a whole number from 1 to 100')
    .transform(Number)
    .default(50),
  cursor: z.string().max(200).optional(),
});

export const listSchedules: Operation = {
  id: 'listSchedules',
  method: 'get',
  path: '/api/schedules',
  scope: 'read',
  tag: 'Schedules',
  summary: 'List the schedules',
  description: 'In the order of their ids.',
  parameters: [
    {
      name: 'limit',
      in: 'query',
      schema: z.int().min(1).max(100).default(50),
      description: 'Schedules on a page at the most.',
    },
    {
      name: 'cursor',
      in: 'query',
      schema: z.string(),
      description: 'Where the page begins: the `nextCursor` of the page before.',
    },
  ],
  responses: () => ({
    200: {
      description: 'A page of schedules.',
      headers: { Link: { description: 'The next page (`rel="next"`), where there is one.' } },
      content: {
        'application/json': {
          schema: scheduleListSchema,
        },
      },
    },
    304: { description: 'The page is as `If-None-Match` says.' },
  }),
  errors: ['validation_failed', 'queue_unavailable'],
  handle: (services) => async (request, response) => {
    const parsed = tryParse(querySchema, request.query);
    if ('mistakes' in parsed)
      throw invalid(parsed.mistakes.map((mistake) => ({ ...mistake, pointer: mistake.pointer.slice(1) })));
    const { limit, cursor } = parsed.value;
    const principal = principalOf(request);
    const { schedules, more } = await services.schedules.list({
      after: cursor,
      limit,
      tenant: principal.sees,
      isShown: (schedule) => isVisible(principal, schedule),
    });
    const end = more ? schedules.at(-1) : undefined;
    const last = end && (principal.sees === undefined ? nameOf(end) : end.id);
    if (last !== undefined) {
      const next = `${services.config.basePath}/api/schedules?limit=${limit}&cursor=${encodeURIComponent(last)}`;
      response.set('Link', `<${next}>; rel="next"`);
    }
    response.set('Cache-Control', 'no-cache').json({
      schedules: schedules.map((schedule) => inList(schedule, services, request)),
      ...(last === undefined ? {} : { nextCursor: last }),
    });
  },
};
