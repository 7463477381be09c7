/** `PATCH /api/schedules/:id` and `DELETE /api/schedules/:id`. */
import { scheduleChangeSchema, scheduleSchema } from '../../models/schedule.js';
import { jsonBody, jsonBodyErrors } from '../middleware/json-body.js';
import type { Operation } from '../operation.js';
import { changed, checkScheduleChange, noSchedule } from '../submission/check-schedule.js';
import { requireOptions } from '../submission/require-options.js';
import { scheduleIdParameter, scheduleRepresentation } from './get-schedule.js';

export const changeSchedule: Operation = {
  id: 'changeSchedule',
  method: 'patch',
  path: '/api/schedules/:id',
  tag: 'Schedules',
  summary: 'Change, pause or resume a schedule',
  description:
    'Changes the members that are sent, each as a whole; null takes one away. A new `everyMs` takes the place of `cron` and its ' +
    '`timeZone`, and the other way round. Runs that were due while it was paused are not made up for.',
  parameters: [scheduleIdParameter],
  body: () => ({
    'application/json': {
      schema: scheduleChangeSchema,
      examples: {
        pause: { summary: 'Pause', value: { paused: true } },
        resume: { summary: 'Resume', value: { paused: false } },
        times: { summary: 'Other times', value: { cron: '30 7 * * *', timeZone: 'America/New_York' } },
      },
    },
  }),
  responses: () => ({
    200: {
      description: 'The schedule as it is now.',
      content: { 'application/json': { schema: scheduleSchema } },
    },
  }),
  errors: [
    ...jsonBodyErrors,
    'validation_failed',
    'callbacks_not_configured',
    'schedule_not_found',
    'queue_unavailable',
  ],
  handle: (services) => {
    const { config, registry, schedules, now } = services;
    return [
      jsonBody(config),
      async (request, response) => {
        const id = String(request.params.id);
        const schedule = await schedules.change(id, (held) => {
          const definition = registry.get(held.type)?.definition;
          const change = checkScheduleChange(request.body, held, definition);
          if (definition !== undefined) requireOptions(change.options ?? {}, definition.policy, config);
          return changed(held, change, { version: definition?.version ?? held.version, nowMs: now() });
        });
        if (schedule === undefined) throw noSchedule(id);
        response.json(scheduleRepresentation(schedule, services));
      },
    ];
  },
};

export const deleteSchedule: Operation = {
  id: 'deleteSchedule',
  method: 'delete',
  path: '/api/schedules/:id',
  tag: 'Schedules',
  summary: 'Delete a schedule',
  description: 'The jobs that it has made stay.',
  parameters: [scheduleIdParameter],
  responses: () => ({ 204: { description: 'There is no such schedule any more.' } }),
  errors: ['queue_unavailable'],
  handle:
    ({ schedules }) =>
    async (request, response) => {
      await schedules.remove(String(request.params.id));
      response.status(204).end();
    },
};
