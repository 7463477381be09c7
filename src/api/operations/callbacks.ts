/** `GET` and `POST /api/jobs/:id/callbacks`: what became of telling how a job ended, and telling it once more. */
import { z } from 'zod';
import {
  type CallbackDelivery,
  type CallbackPayload,
  callbackAcceptanceSchema,
  callbackDeliveryListSchema,
  callbackResultSchema,
} from '../../models/callback.js';
import { failure } from '../../models/failure.js';
import { isFinal, type Job } from '../../models/job.js';
import { refusedStatusOf } from '../../models/remote-refusal.js';
import type { Operation, Parameter, Services } from '../operation.js';
import { requireCallbacks } from '../submission/require-callbacks.js';
import { representationOf } from './get-job.js';

const idParameter: Parameter = {
  name: 'id',
  in: 'path',
  schema: z.string(),
  description: 'The id of the job whose end is told.',
  example: 'calculation_01kb4nq5xaewr9m3xj3t1qh8zd',
};

export const listCallbacks: Operation = {
  id: 'listCallbacks',
  method: 'get',
  path: '/api/jobs/:id/callbacks',
  scope: 'read',
  tag: 'Jobs',
  summary: 'List the deliveries of a callback',
  description:
    'The deliveries to the `callbackUrl` of the job, newest first, the latest hundred. Each is a job of its own: `links.self` has its attempts.',
  parameters: [idParameter],
  responses: () => ({
    200: {
      description: 'The deliveries; none where the job has not ended or asks for no callback.',
      content: {
        'application/json': {
          schema: callbackDeliveryListSchema,
        },
      },
    },
  }),
  errors: ['job_not_found', 'job_gone', 'queue_unavailable'],
  handle: (services) => async (request, response) => {
    const job = await services.queue.get(String(request.params.id));
    const deliveries = await services.callbacks.deliveriesOf(job.id);
    response
      .set('Cache-Control', 'no-cache')
      .json({ callbacks: deliveries.map((delivery) => deliveryOf(delivery, job, services)) });
  },
};

export const deliverCallback: Operation = {
  id: 'deliverCallback',
  method: 'post',
  path: '/api/jobs/:id/callbacks',
  scope: 'operate',
  tag: 'Jobs',
  summary: 'Deliver a callback once more',
  description:
    'Posts to the `callbackUrl` again how the job ended: the same message under the same `webhook-id`, by a new job with all its attempts.',
  parameters: [idParameter],
  responses: () => ({
    202: {
      description: 'The queue has the delivery.',
      headers: { Location: { description: 'The job that delivers.' } },
      content: {
        'application/json': {
          schema: callbackAcceptanceSchema,
        },
      },
    },
  }),
  errors: [
    'job_not_found',
    'job_gone',
    'job_not_finished',
    'callback_not_requested',
    'callbacks_not_configured',
    'queue_unavailable',
  ],
  handle: (services) => async (request, response) => {
    const { callbackUrl, ...job } = await services.queue.get(String(request.params.id));
    if (callbackUrl === undefined)
      throw failure('callback_not_requested', `The job ${job.id} was submitted without a callbackUrl.`);
    if (!isFinal(job.status))
      throw failure(
        'job_not_finished',
        `The job is ${job.status}: its callback is delivered when it has finished.`,
      );
    requireCallbacks(callbackUrl, services.config);
    const id = await services.callbacks.deliverAgain({ ...job, callbackUrl });
    response
      .location(`${services.config.basePath}/api/jobs/${id}`)
      .status(202)
      .json({ message: 'Delivery accepted', jobId: id, status: 'pending' });
  },
};

function deliveryOf(delivery: Job, job: Job, services: Services): CallbackDelivery {
  // As this type's schema has accepted it.
  const { url, event, messageId } = delivery.payload as CallbackPayload;
  const answer = callbackResultSchema.safeParse(delivery.result);
  const responseStatus = answer.data?.status ?? refusedStatusOf(delivery.error?.detail ?? '');
  const { error, links, ...shown } = representationOf(delivery, services);
  return {
    id: shown.id,
    status: shown.status,
    event,
    url,
    messageId,
    attempts: shown.attempts,
    ...(responseStatus === undefined ? {} : { responseStatus }),
    ...(error === undefined ? {} : { error }),
    createdAt: shown.createdAt,
    scheduledFor: shown.scheduledFor,
    completedAt: shown.completedAt,
    failedAt: shown.failedAt,
    cancelledAt: shown.cancelledAt,
    links: { self: links.self, job: representationOf(job, services).links.self },
  };
}
