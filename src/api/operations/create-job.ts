/** `POST /api/jobs`: checks the payload against its type's contract and puts the job into the queue. */
import { z } from 'zod';
import { acceptanceSchema } from '../../models/acceptance.js';
import { dryRunSchema } from '../../models/dry-run.js';
import type { NewJob } from '../../queue/job-queue.js';
import { delayOf } from '../../queue/submission/add-jobs.js';
import { allows } from '../access/principal.js';
import { senderOf } from '../client.js';
import { preferParameter } from '../events/prefer.js';
import { waitAsPreferred } from '../events/wait-for-end.js';
import { jobRequestUnion, jobUnion, posted } from '../job-schemas.js';
import { jsonBody, jsonBodyErrors } from '../middleware/json-body.js';
import type { Operation } from '../operation.js';
import { acceptanceOf } from '../submission/acceptance.js';
import { dryRunOf, dryRunParameter, isDryRun } from '../submission/dry-run.js';
import { jobEnded } from '../submission/job-ended.js';
import { logAccepted } from '../submission/log-accepted.js';
import { jobPlanner } from '../submission/plan-job.js';
import { keyedBy, keyParameter, submit } from '../submission/submit.js';
import { representationOf } from './get-job.js';

export const createJob: Operation = {
  id: 'createJob',
  method: 'post',
  path: '/api/jobs',
  scope: 'submit',
  tag: 'Jobs',
  summary: 'Submit a job',
  description:
    'Checks the payload against the contract of its type and puts the job into the queue. A 202 means that the queue has it. ' +
    'With an `Idempotency-Key` the same request can be sent again without a second job; with `Prefer: wait` the answer is the ' +
    'finished job where it finishes in time.',
  parameters: [
    keyParameter,
    {
      name: 'Cache-Control',
      in: 'header',
      schema: z.string(),
      description: '`no-cache`: run the job, even if the same work is done or under way.',
    },
    preferParameter,
    dryRunParameter,
  ],
  body: (registry) => ({
    'application/json': {
      schema: jobRequestUnion(registry),
      examples: Object.fromEntries(
        posted(registry).map(({ type, examples }) => [
          type,
          { summary: `${type}: ${examples[0]?.summary}`, value: { type, payload: examples[0]?.payload } },
        ]),
      ),
    },
  }),
  responses: (registry) => ({
    200: {
      description:
        'The job, which has finished within the time that `Prefer: wait` gives it. Of a dry run: what would have happened; nothing was stored.',
      headers: {
        Location: { description: 'The job.' },
        'Preference-Applied': { description: 'How long was waited at the most.' },
      },
      content: { 'application/json': { schema: z.union([jobUnion(registry), dryRunSchema]), io: 'input' } },
    },
    202: {
      description: 'The queue has the job.',
      headers: {
        Location: { description: 'The job.' },
        'Retry-After': {
          description: 'Seconds after which a look at the job is worth it.',
          schema: { type: 'integer' },
        },
        'Idempotency-Replayed': { description: '`true` when this request had arrived before.' },
      },
      content: { 'application/json': { schema: acceptanceSchema } },
    },
  }),
  errors: [
    ...jsonBodyErrors,
    'validation_failed',
    'idempotency_key_reused',
    'callbacks_not_configured',
    'job_gone',
    'quota_exceeded',
    'queue_unavailable',
  ],
  callbacks: () => ({ jobEnded }),
  handle: (services) => {
    const { config, queue, outlook, log, now } = services;
    const planJob = jobPlanner(services);
    return [
      jsonBody(config),
      async (request, response) => {
        const dryRun = isDryRun(request);
        const sender = senderOf(request);
        const planned = await planJob(request.body, sender);
        const keyed = keyedBy(request, sender.client);
        if (dryRun) return void response.json(await dryRunOf(planned, keyed, services));
        const submitted = await submit(planned, keyed, queue);
        const { id, reused } = submitted;
        logAccepted(log, planned.job, submitted);
        response
          .location(`${config.basePath}/api/jobs/${id}`)
          .set('Retry-After', String(outlook.retryAfterSeconds(expectationOf(planned.job, now()))));
        if (reused === 'idempotency_key') response.set('Idempotency-Replayed', 'true');
        // A key that may not read is told of acceptance only.
        const finished = allows(sender.principal, 'read')
          ? await waitAsPreferred(services, request, response, id)
          : undefined;
        if (finished !== undefined) {
          response.removeHeader('Retry-After');
          return void response.json(representationOf(finished, services));
        }
        response.status(202).json(await acceptanceOf(planned.job, submitted, queue));
      },
    ];
  },
};

const expectationOf = ({ type, version = 1, options }: NewJob, nowMs: number) => ({
  type,
  version,
  dueMs: delayOf(options, nowMs),
});
