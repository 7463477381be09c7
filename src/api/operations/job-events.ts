/** `GET /api/jobs/:id/events`: what happens to one job, as it happens. */
import { jobEventsContent, resumptionParameters, streamHeaders } from '../events/event-schemas.js';
import { resumptionOf, sendHead } from '../events/event-stream.js';
import { knowsTheEnd, streamJobEvents } from '../events/job-event-stream.js';
import { jobIdParameter } from '../job-id-parameter.js';
import type { Operation } from '../operation.js';

export const getJobEvents: Operation = {
  id: 'getJobEvents',
  method: 'get',
  path: '/api/jobs/:id/events',
  scope: 'read',
  tag: 'Jobs',
  summary: 'Follow a job',
  description:
    'Server-Sent Events: `job` (the job in full: at the start, after a gap, and when it has finished), `status`, `progress`, ' +
    '`log` and `deleted` as they happen, `gap` where events are missing, and `end` when the job is final and nothing ' +
    'follows. The schema is that of `data`. `Last-Event-ID` goes on where a stream was lost; once the end is known it is ' +
    'answered 204, after which an EventSource stays away.',
  parameters: [jobIdParameter, ...resumptionParameters],
  responses: (registry) => ({
    200: {
      description: 'The stream; it ends with the job.',
      headers: streamHeaders,
      content: jobEventsContent(registry),
    },
    204: { description: 'The job is final, and the client knows all that happened.' },
  }),
  errors: ['job_not_found', 'job_gone', 'too_many_streams', 'queue_unavailable'],
  handle: (services) => async (request, response) => {
    const id = String(request.params.id);
    const resumption = resumptionOf(request);
    const job = await services.queue.get(id);
    if (resumption !== undefined && (await knowsTheEnd(services, job, resumption)))
      return void response.status(204).end();
    if (request.method === 'HEAD') return sendHead(response);
    await streamJobEvents(services, response, id, resumption);
  },
};
