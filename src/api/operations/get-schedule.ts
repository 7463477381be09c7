/** `GET /api/schedules/:id`: what it asks for, and when it runs next. */
import type { Request } from 'express';
import { z } from 'zod';
import { type Schedule, scheduleSchema } from '../../models/schedule.js';
import { nextRuns } from '../../queue/schedules/run-times.js';
import { principalOf } from '../access/principal.js';
import { scheduleOf, segmentOf } from '../access/schedule-access.js';
import type { Operation, Parameter, Services } from '../operation.js';

export const scheduleIdParameter: Parameter = {
  name: 'id',
  in: 'path',
  schema: z.string(),
  description: 'The id of the schedule.',
  example: 'morning-sum',
};

export const getSchedule: Operation = {
  id: 'getSchedule',
  method: 'get',
  path: '/api/schedules/:id',
  scope: 'read',
  tag: 'Schedules',
  summary: 'Read a schedule',
  description: 'With its next five times.',
  parameters: [scheduleIdParameter],
  responses: () => ({
    200: { description: 'The schedule.', content: { 'application/json': { schema: scheduleSchema } } },
    304: { description: 'The schedule is as `If-None-Match` says.' },
  }),
  errors: ['schedule_not_found', 'queue_unavailable'],
  handle: (services) => async (request, response) => {
    const { schedule } = await scheduleOf(request, services.schedules);
    response.set('Cache-Control', 'no-cache').json(scheduleRepresentation(schedule, services, request));
  },
};

/** Adds what only the API knows: the next times, and links. */
export function scheduleRepresentation(
  schedule: Schedule,
  { config }: Pick<Services, 'config'>,
  request: Request,
) {
  const { nextRunAt } = schedule;
  const next = nextRunAt === undefined ? [] : [Date.parse(nextRunAt)];
  const later = next.flatMap((nextMs) => nextRuns(schedule, nextMs, 4));
  return {
    ...inList(schedule, { config }, request),
    nextRuns: [...next, ...later].map((runMs) => new Date(runMs).toISOString()),
  };
}

/** The same without the next times. */
export function inList(
  schedule: Schedule,
  { config: { basePath } }: Pick<Services, 'config'>,
  request: Request,
) {
  const { type, lastJobId } = schedule;
  return {
    ...schedule,
    links: {
      self: `${basePath}/api/schedules/${segmentOf(schedule, principalOf(request))}`,
      type: `${basePath}/api/types/${type}`,
      ...(lastJobId === undefined ? {} : { lastJob: `${basePath}/api/jobs/${lastJobId}` }),
    },
  };
}
