/** `POST /api/jobs/batch`: many jobs in one request, read, added and answered as they come. */
import type { Request } from 'express';
import { z } from 'zod';
import { batchAnswerSchema } from '../../models/batch.js';
import { isFailure } from '../../models/failure.js';
import { AnswerStream } from '../batch/answer-stream.js';
import { ArrayItems } from '../batch/array-items.js';
import { Batch } from '../batch/batch.js';
import { batchBody } from '../batch/batch-body.js';
import { batchItems } from '../batch/batch-items.js';
import { LineItems } from '../batch/line-items.js';
import { senderOf } from '../client.js';
import { discardBody } from '../discard-body.js';
import { invalid } from '../explain.js';
import { batchItemUnion } from '../job-schemas.js';
import type { Operation } from '../operation.js';
import { jsonLimitsOf } from '../parse-json.js';
import { mediaTypeOf } from '../request-body.js';
import { dryRunParameter, isDryRun } from '../submission/dry-run.js';
import { jobPlanner } from '../submission/plan-job.js';

const lines = 'One JSON object a line, each a `';

export const createJobs: Operation = {
  id: 'createJobs',
  method: 'post',
  path: '/api/jobs/batch',
  scope: 'submit',
  tag: 'Jobs',
  summary: 'Submit many jobs',
  description:
    'A JSON array or NDJSON, read as a stream: each item is checked and queued as it comes, and answered in order; one ' +
    'that is wrong spoils no other. Read the answers while you send. An item with an `idempotencyKey` can be sent again without a second job.',
  parameters: [dryRunParameter],
  body: (registry) => {
    const asLines = { schema: { jsonSchema: { type: 'string', description: `${lines}BatchItem\`.` } } };
    return {
      'application/json': { schema: z.array(batchItemUnion(registry)) },
      'application/x-ndjson': asLines,
      'application/jsonl': asLines,
    };
  },
  responses: () => ({
    200: {
      description:
        'An answer for each item, in order. Where the batch breaks, or is too large, the last answer is the problem, and nothing behind it was accepted.',
      content: {
        'application/json': { schema: z.array(batchAnswerSchema) },
        'application/x-ndjson': {
          schema: { jsonSchema: { type: 'string', description: `${lines}BatchAnswer\`.` } },
        },
      },
    },
  }),
  errors: [
    'invalid_json',
    'invalid_body',
    'payload_too_large',
    'request_timeout',
    'unsupported_media_type',
    'validation_failed',
  ],
  handle: (services) => {
    const { batchBytesMax, batchItemsMax, bodyBytesMax, bodyTimeoutMs } = services.config;
    const planJob = jobPlanner(services);
    const limits = { bytesMax: bodyBytesMax, json: jsonLimitsOf(services.config) };
    return async (request, response) => {
      const dryRun = isDryRun(request);
      refuseKey(request);
      const mediaType = mediaTypeOf(request, [
        'application/json',
        'application/x-ndjson',
        'application/jsonl',
      ]);
      const asLines = mediaType !== 'application/json';
      const answers = new AnswerStream(response, { asLines, stalledMsMax: bodyTimeoutMs });
      const batch = new Batch({
        services,
        planJob,
        sender: senderOf(request),
        dryRun,
        path: request.originalUrl,
      });
      const body = batchBody(request, { bytesMax: batchBytesMax, silentMsMax: bodyTimeoutMs });
      const reader = asLines ? new LineItems(limits) : new ArrayItems(limits);
      try {
        for await (const items of batchItems(body, reader, batchItemsMax)) {
          await answers.write(await batch.answersTo(items));
          if (answers.isClosed) return;
        }
      } catch (error) {
        // A problem of the request as a whole, as long as nothing of it was answered.
        if (!answers.isOpen || !isFailure(error)) throw error;
        await answers.write([batch.answerToLast(error)]);
      } finally {
        discardBody(request);
      }
      answers.end();
    };
  },
};

/** One key for all of them would have to be refused for one more item; each has its own. */
function refuseKey(request: Request): void {
  if (request.get('Idempotency-Key') === undefined) return;
  throw invalid([
    {
      pointer: 'Idempotency-Key',
      code: 'not_allowed',
      message: 'a batch has no key; give each item its own in its member idempotencyKey',
    },
  ]);
}
