/** `PATCH /api/schedules/:id` and `DELETE /api/schedules/:id`. */
import { isFailure } from '../../models/failure.js';
import { scheduleChangeSchema, scheduleSchema } from '../../models/schedule.js';
import { scheduleOf } from '../access/schedule-access.js';
import { jsonBody, jsonBodyErrors } from '../middleware/json-body.js';
import type { Operation } from '../operation.js';
import { changed, checkScheduleChange, noSchedule } from '../submission/check-schedule.js';
import { logSchedule } from '../submission/log-schedule.js';
import { requireOptions } from '../submission/require-options.js';
import { scheduleIdParameter, scheduleRepresentation } from './get-schedule.js';

export const changeSchedule: Operation = {
  id: 'changeSchedule',
  method: 'patch',
  path: '/api/schedules/:id',
  scope: 'operate',
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
        const { name } = await scheduleOf(request, schedules);
        const schedule = await schedules.change(name, (held) => {
          const definition = registry.get(held.type)?.definition;
          const change = checkScheduleChange(request.body, held, definition);
          if (definition !== undefined) requireOptions(change.options ?? {}, definition.policy, config);
          return changed(held, change, { version: definition?.version ?? held.version, nowMs: now() });
        });
        const id = String(request.params.id);
        if (schedule === undefined) throw noSchedule(id);
        logSchedule(services, response, id, 'change');
        response.json(scheduleRepresentation(schedule, services, request));
      },
    ];
  },
};

export const deleteSchedule: Operation = {
  id: 'deleteSchedule',
  method: 'delete',
  path: '/api/schedules/:id',
  scope: 'operate',
  tag: 'Schedules',
  summary: 'Delete a schedule',
  description: 'The jobs that it has made stay.',
  parameters: [scheduleIdParameter],
  responses: () => ({ 204: { description: 'There is no such schedule any more.' } }),
  errors: ['queue_unavailable'],
  handle: (services) => async (request, response) => {
    const { schedules } = services;
    const found = await scheduleOf(request, schedules).catch(unlessMissing);
    if (found !== undefined) {
      await schedules.remove(found.name);
      logSchedule(services, response, String(request.params.id), 'delete');
    }
    response.status(204).end();
  },
};

function unlessMissing(error: unknown): undefined {
  if (!isFailure(error) || error.code !== 'schedule_not_found') throw error;
}
