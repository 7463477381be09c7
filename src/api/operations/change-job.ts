/** What can be done to a job that was submitted: cancel, retry, promote, give another priority. */
import type { RequestHandler, Response } from 'express';
import { z } from 'zod';
import type { ErrorCode } from '../../models/errors.js';
import { isFinal, type Job, jobPriorities, type jobSchema } from '../../models/job.js';
import type { Registry } from '../../workers/registry.js';
import { exampleCancelled, examplePending, exampleStopping } from '../example-jobs.js';
import { parse } from '../explain.js';
import { jobIdParameter } from '../job-id-parameter.js';
import { jobUnion } from '../job-schemas.js';
import { jsonBody, jsonBodyErrors } from '../middleware/json-body.js';
import type { Response as Answer, Operation, Services } from '../operation.js';
import { representationOf } from './get-job.js';

const errorsOfAll: readonly ErrorCode[] = ['job_not_found', 'job_gone', 'queue_unavailable'];

export const cancelJob: Operation = {
  id: 'cancelJob',
  method: 'post',
  path: '/api/jobs/:id/cancel',
  scope: 'operate',
  tag: 'Jobs',
  summary: 'Cancel a job',
  description:
    'A job that waits is cancelled at once and never runs; so are its children, also those that run. One that runs is told ' +
    'to stop: its processor gets a signal within a second, a thread is ended, and what is returned after that is discarded. ' +
    'The job is `cancelled` when it has stopped. One that completes before it hears of it stays completed.',
  parameters: [jobIdParameter],
  responses: (registry) => ({
    200: answerOf(registry, 'The job is cancelled.', exampleCancelled),
    202: answerOf(registry, 'The job runs, and was told to stop.', exampleStopping),
  }),
  errors: [...errorsOfAll, 'job_not_cancellable'],
  handle: (services) =>
    changing(services, 'cancel', async (id, { queue }) => {
      const job = await queue.changes.cancel(id);
      return { job, status: isFinal(job.status) ? 200 : 202 };
    }),
};

export const retryJob: Operation = {
  id: 'retryJob',
  method: 'post',
  path: '/api/jobs/:id/retry',
  scope: 'operate',
  tag: 'Jobs',
  summary: 'Retry a failed or cancelled job',
  description:
    'Runs it again under its id. Its attempts count on, and it gets as many more as the policy of its type says. Children ' +
    'that it failed for, or that were cancelled with it, are retried first. An expiry or a deadline no longer holds.',
  parameters: [jobIdParameter],
  responses: (registry) => ({
    202: {
      ...answerOf(registry, 'The job waits again.', examplePending),
      headers: { Location: { description: 'The job.' } },
    },
  }),
  errors: [...errorsOfAll, 'job_not_retryable'],
  handle: (services) =>
    changing(services, 'retry', async (id, { queue, registry, config }, response) => {
      const attemptsOf = (type: string) => registry.get(type)?.definition.policy.attempts ?? 1;
      const job = await queue.changes.retry(id, attemptsOf);
      response.location(`${config.basePath}/api/jobs/${id}`);
      return { job, status: 202 };
    }),
};

export const promoteJob: Operation = {
  id: 'promoteJob',
  method: 'post',
  path: '/api/jobs/:id/promote',
  scope: 'operate',
  tag: 'Jobs',
  summary: 'Let a job start now',
  description: 'A job that waits for its time, or out a backoff, waits for a worker only.',
  parameters: [jobIdParameter],
  responses: (registry) => ({ 200: answerOf(registry, 'The job may start.', examplePending) }),
  errors: [...errorsOfAll, 'job_not_scheduled'],
  handle: (services) =>
    changing(services, 'promote', async (id, { queue }) => ({
      job: await queue.changes.promote(id),
      status: 200,
    })),
};

const changesSchema = z
  .strictObject({ priority: z.enum(jobPriorities) })
  .meta({ id: 'JobChanges', description: 'What is to be different.' });

export const updateJob: Operation = {
  id: 'updateJob',
  method: 'patch',
  path: '/api/jobs/:id',
  scope: 'operate',
  tag: 'Jobs',
  summary: 'Change the priority of a job',
  description:
    'Of a job that waits, for whatever. It takes its turn anew among the jobs of its new priority.',
  parameters: [jobIdParameter],
  body: () => ({
    'application/json': {
      schema: changesSchema,
      examples: { urgent: { summary: 'Before all others', value: { priority: 'urgent' } } },
    },
  }),
  responses: (registry) => ({
    200: answerOf(registry, 'The job as it is now.', { ...examplePending, priority: 'urgent' }),
  }),
  errors: [...jsonBodyErrors, 'validation_failed', ...errorsOfAll, 'job_not_waiting'],
  handle: (services) => [
    jsonBody(services.config),
    async (request, response) => {
      const { priority } = parse(changesSchema, request.body);
      const job = await services.queue.changes.changePriority(String(request.params.id), priority);
      logChange(services, response, job, 'change priority');
      response.json(representationOf(job, services));
    },
  ],
};

/** Does it, and answers with the job as it is then. A body is not read. */
function changing(
  services: Services,
  action: string,
  change: (id: string, services: Services, response: Response) => Promise<{ job: Job; status: number }>,
): RequestHandler {
  return async (request, response) => {
    const { job, status } = await change(String(request.params.id), services, response);
    logChange(services, response, job, action);
    response.status(status).json(representationOf(job, services));
  };
}

function logChange({ log }: Services, response: Response, { id, status }: Job, action: string): void {
  const requestId = response.getHeader('X-Request-Id');
  log.info({ requestId, jobId: id, action, jobStatus: status }, 'job changed');
}

type Example = z.input<typeof jobSchema>;

const answerOf = (registry: Registry, description: string, example: Example): Answer => ({
  description,
  content: {
    // The payload is as it was sent.
    'application/json': {
      schema: jobUnion(registry),
      io: 'input',
      examples: { [example.status]: { summary: description, value: example } },
    },
  },
});
