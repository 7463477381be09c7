/** `GET /api/schedules/:id`: what it asks for, and when it runs next. */
import { z } from 'zod';
import { type Schedule, scheduleSchema } from '../../models/schedule.js';
import { nextRuns } from '../../queue/schedules/run-times.js';
import type { Operation, Parameter, Services } from '../operation.js';
import { noSchedule } from '../submission/check-schedule.js';

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
    const id = String(request.params.id);
    const schedule = await services.schedules.find(id);
    if (schedule === undefined) throw noSchedule(id);
    response.set('Cache-Control', 'no-cache').json(scheduleRepresentation(schedule, services));
  },
};

/** Adds what only the API knows: the next times, and links. */
export function scheduleRepresentation(schedule: Schedule, { config }: Pick<Services, 'config'>) {
  const { nextRunAt } = schedule;
  const next = nextRunAt === undefined ? [] : [Date.parse(nextRunAt)];
  const later = next.flatMap((nextMs) => nextRuns(schedule, nextMs, 4));
  return {
    ...inList(schedule, { config }),
    nextRuns: [...next, ...later].map((runMs) => new Date(runMs).toISOString()),
  };
}

/** The same without the next times. */
export function inList(schedule: Schedule, { config: { basePath } }: Pick<Services, 'config'>) {
  const { id, type, lastJobId } = schedule;
  return {
    ...schedule,
    links: {
      self: `${basePath}/api/schedules/${id}`,
      type: `${basePath}/api/types/${type}`,
      ...(lastJobId === undefined ? {} : { lastJob: `${basePath}/api/jobs/${lastJobId}` }),
    },
  };
}
