/**
 * What is told to the `callbackUrl` of a job when it ends: the message that is posted, and the job that delivers it.
 * A message is made once and stored as text, so that every delivery of it sends, and signs, the same bytes.
 */
import { z } from 'zod';
import { jobSchema, jobStatuses } from './job.js';

/** The type of the jobs that deliver. */
export const callbackDeliveryType = 'callback_delivery';

export const callbackEvents = ['job.completed', 'job.failed', 'job.cancelled'] as const;

export type CallbackEvent = (typeof callbackEvents)[number];

/** The members of a job that a message which would be too large goes without, in this order. */
export const omissible = ['payload', 'result'] as const;

export const callbackMessageSchema = z
  .object({
    type: z.enum(callbackEvents),
    timestamp: z.iso.datetime().describe('When the job ended.'),
    data: jobSchema
      .extend({ payload: z.unknown().optional().describe('As accepted.') })
      .meta({ id: 'CallbackJob', description: 'The job as `GET /api/jobs/{id}` answers it.' }),
    omitted: z
      .array(z.enum(omissible))
      .optional()
      .describe('What `data` goes without because the message would be too large; `data.links.self` has it.'),
  })
  .meta({ id: 'CallbackMessage', description: 'How a job ended.' });

export const callbackPayloadSchema = z.strictObject({
  url: z.string().describe('Where to.'),
  jobId: z.string().describe('The job whose end is told.'),
  event: z.enum(callbackEvents),
  messageId: z
    .string()
    .regex(/^[\w-]+$/, 'expected letters, digits and any of _ -')
    .describe('The `webhook-id`: the same in every delivery of this message.'),
  body: z.string().describe('The message, as it is sent.'),
});

export type CallbackPayload = z.output<typeof callbackPayloadSchema>;

export const callbackResultSchema = z.strictObject({
  status: z.int().min(200).max(299).describe('HTTP status of the answer.'),
  durationMs: z.int().min(0).describe('From the request to the answer.'),
});

/** By which the deliveries of a job are found. */
export const callbackTag = (jobId: string) => `callback:${jobId}`;

const { attempts, error, createdAt, scheduledFor, completedAt, failedAt, cancelledAt } = jobSchema.shape;

const callbackDeliverySchema = z
  .object({
    id: z.string().describe('The job that delivers.'),
    status: z.enum(jobStatuses),
    event: z.enum(callbackEvents),
    url: z.string(),
    messageId: z.string().describe('The `webhook-id`: the same in each delivery of one message.'),
    attempts,
    responseStatus: z
      .int()
      .optional()
      .describe('What the receiver answered to the latest attempt, if it did.'),
    error: error.describe('Of a delivery that failed; of its last attempt while it is retrying.'),
    createdAt,
    scheduledFor,
    completedAt,
    failedAt,
    cancelledAt,
    links: z.object({ self: z.string(), job: z.string() }),
  })
  .meta({ id: 'CallbackDelivery', description: 'A delivery of how a job ended.' });

export const callbackDeliveryListSchema = z
  .object({ callbacks: z.array(callbackDeliverySchema) })
  .meta({ id: 'CallbackDeliveryList', description: 'The deliveries of a callback.' });

export const callbackAcceptanceSchema = z
  .object({
    message: z.string(),
    jobId: z.string().describe('The job that delivers.'),
    status: z.literal('pending'),
  })
  .meta({ id: 'CallbackAccepted', description: 'The queue has the delivery.' });

export type CallbackDelivery = z.output<typeof callbackDeliverySchema>;
export type CallbackDeliveryList = z.output<typeof callbackDeliveryListSchema>;
export type CallbackAcceptance = z.output<typeof callbackAcceptanceSchema>;
