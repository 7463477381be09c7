/** `POST /api/schedules/:id/run`: a job now, beside those that come in their time. */
import { scheduleRunSchema } from '../../models/schedule.js';
import { typeId, uuidV7 } from '../../models/type-id.js';
import { scheduleOf } from '../access/schedule-access.js';
import type { Operation } from '../operation.js';
import { scheduleIdParameter } from './get-schedule.js';

export const runSchedule: Operation = {
  id: 'runSchedule',
  method: 'post',
  path: '/api/schedules/:id/run',
  scope: 'operate',
  tag: 'Schedules',
  summary: 'Run a schedule now',
  description: 'Submits its job, also while it is paused. When it is due next stays what it was.',
  parameters: [scheduleIdParameter],
  responses: () => ({
    202: {
      description: 'The queue has the job.',
      headers: {
        Location: { description: 'The job.' },
        'Retry-After': {
          description: 'Seconds after which a look at the job is worth it.',
          schema: { type: 'integer' },
        },
      },
      content: { 'application/json': { schema: scheduleRunSchema } },
    },
  }),
  errors: ['schedule_not_found', 'type_not_found', 'queue_unavailable'],
  handle:
    ({ config, queue, schedules, log, now, random }) =>
    async (request, response) => {
      const { schedule } = await scheduleOf(request, schedules);
      const jobId = typeId(schedule.type, uuidV7(now(), random(10)));
      const requestId = String(response.getHeader('X-Request-Id'));
      await schedules.runNow(schedule, { id: jobId, requestId }, async (job) => {
        await queue.submit(job);
        log.info({ requestId, jobId, type: job.type, scheduleId: schedule.id }, 'job accepted');
      });
      response.location(`${config.basePath}/api/jobs/${jobId}`).set('Retry-After', '1');
      response.status(202).json({ message: 'Job accepted', jobId, status: 'pending' });
    },
};
