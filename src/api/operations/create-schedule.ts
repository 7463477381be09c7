/** `POST /api/schedules`: checks a job as `POST /api/jobs` does, and when it is to run, and keeps both. */
import { type ScheduleDefinition, scheduleSchema } from '../../models/schedule.js';
import { typeId, uuidV7 } from '../../models/type-id.js';
import { principalOf, requireType } from '../access/principal.js';
import { jsonBody, jsonBodyErrors } from '../middleware/json-body.js';
import type { Operation } from '../operation.js';
import {
  checkSchedule,
  requireSize,
  scheduleRequestSchemas,
  scheduleRequestUnion,
} from '../submission/check-schedule.js';
import { logSchedule } from '../submission/log-schedule.js';
import { requireOptions } from '../submission/require-options.js';
import { scheduleRepresentation } from './get-schedule.js';

export const createSchedule: Operation = {
  id: 'createSchedule',
  method: 'post',
  path: '/api/schedules',
  scope: 'operate',
  tag: 'Schedules',
  summary: 'Create a schedule',
  description:
    'A job that is submitted again and again: at the times of a cron expression, or at an interval. The payload is checked now. ' +
    'With an `id` of your own the same request can be sent by every server that starts, and leaves one schedule.',
  body: (registry) => ({
    'application/json': {
      schema: scheduleRequestUnion(registry),
      examples: {
        cron: {
          summary: 'On weekdays at nine, by the clocks of Berlin',
          value: {
            id: 'morning-sum',
            type: 'calculation',
            payload: { operation: 'sum', numbers: [1, 2, 3] },
            cron: '0 9 * * mon-fri',
            timeZone: 'Europe/Berlin',
          },
        },
        interval: {
          summary: 'Every five minutes',
          value: {
            type: 'calculation',
            payload: { operation: 'sum', numbers: [1, 2, 3] },
            everyMs: 300_000,
          },
        },
      },
    },
  }),
  responses: () => ({
    200: {
      description: 'It exists, and asks for the same. It is as it was, paused or not.',
      headers: { Location: { description: 'The schedule.' } },
      content: { 'application/json': { schema: scheduleSchema } },
    },
    201: {
      description: 'It was created.',
      headers: { Location: { description: 'The schedule.' } },
      content: { 'application/json': { schema: scheduleSchema } },
    },
  }),
  errors: [
    ...jsonBodyErrors,
    'validation_failed',
    'callbacks_not_configured',
    'schedule_exists',
    'too_many_schedules',
    'queue_unavailable',
  ],
  handle: (services) => {
    const { config, registry, schedules, now, random } = services;
    const schemas = scheduleRequestSchemas(registry);
    return [
      jsonBody(config),
      async (request, response) => {
        const asked = checkSchedule(request.body, schemas);
        const { type, options = {}, cron, everyMs } = asked;
        const principal = principalOf(request);
        const { tenant } = principal;
        requireType(principal, type);
        const jobType = registry.get(type)?.definition;
        if (jobType !== undefined) requireOptions(options, jobType.policy, config);
        const createdAt = new Date(now()).toISOString();
        const definition: ScheduleDefinition = {
          id: asked.id ?? typeId('schedule', uuidV7(now(), random(10))),
          ...(tenant === undefined ? {} : { tenant }),
          type,
          version: jobType?.version ?? 1,
          // As it came: the worker parses it with the type that it has.
          payload: request.body.payload,
          ...(Object.keys(options).length === 0 ? {} : { options }),
          ...(cron === undefined ? { everyMs } : { cron, timeZone: asked.timeZone ?? 'UTC' }),
          paused: asked.paused ?? false,
          createdAt,
          updatedAt: createdAt,
        };
        requireSize(definition);
        const { schedule, created } = await schedules.create(definition);
        if (created) logSchedule(services, response, schedule.id, 'create');
        response.location(`${config.basePath}/api/schedules/${schedule.id}`);
        response.status(created ? 201 : 200).json(scheduleRepresentation(schedule, services, request));
      },
    ];
  },
};
