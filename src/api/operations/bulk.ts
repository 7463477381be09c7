/** `POST /api/bulk`: one thing done to every job that matches a filter, as a job that can be watched and cancelled. */
import { z } from 'zod';
import {
  type BulkPayload,
  bulkAcceptanceSchema,
  bulkDryRunSchema,
  bulkExamplesMax,
  bulkOperationType,
  bulkRequestSchema,
  statusesOf,
} from '../../models/bulk.js';
import { typeId, uuidV7 } from '../../models/type-id.js';
import { countSelected } from '../../queue/lists/selected-jobs.js';
import type { Registry } from '../../workers/registry.js';
import { requireType } from '../access/principal.js';
import { senderOf } from '../client.js';
import { errorCodeSchema } from '../error-code-schema.js';
import { parse } from '../explain.js';
import { posted } from '../job-schemas.js';
import { jsonBody, jsonBodyErrors } from '../middleware/json-body.js';
import type { Operation } from '../operation.js';
import { acceptanceOf } from '../submission/acceptance.js';
import { dryRunParameter, isDryRun } from '../submission/dry-run.js';
import { logAccepted } from '../submission/log-accepted.js';
import { keyedBy, keyParameter, submit } from '../submission/submit.js';

export const bulk: Operation = {
  id: 'bulk',
  method: 'post',
  path: '/api/bulk',
  scope: 'operate',
  tag: 'Jobs',
  summary: 'Cancel, retry or delete every job that matches',
  description:
    'Starts a job that does it in the background: read it for progress and counts, cancel it to stop half way. ' +
    'Jobs that arrive later are left alone; so are those of the platform itself, unless the filter names their type.',
  parameters: [keyParameter, dryRunParameter],
  body: (registry) => ({
    'application/json': {
      schema: requestSchema(registry),
      examples: {
        retry: {
          summary: 'Send back what failed because a remote server did',
          value: { action: 'retry', filter: { error: 'remote_error' } },
        },
        cancel: {
          summary: 'Cancel all that is unfinished and has a tag',
          value: { action: 'cancel', filter: { tag: 'import-42' } },
        },
        delete: {
          summary: 'Delete everything that is finished',
          value: { action: 'delete', filter: { all: true } },
        },
      },
    },
  }),
  responses: () => ({
    200: {
      description: 'Of a dry run: what matches now. Nothing was changed.',
      content: { 'application/json': { schema: bulkDryRunSchema } },
    },
    202: {
      description: 'The queue has the operation.',
      headers: {
        Location: { description: 'The job that does it.' },
        'Idempotency-Replayed': { description: '`true` when this request had arrived before.' },
      },
      content: { 'application/json': { schema: bulkAcceptanceSchema } },
    },
  }),
  errors: [...jsonBodyErrors, 'validation_failed', 'idempotency_key_reused', 'job_gone', 'queue_unavailable'],
  handle: ({ config, registry, queue, log, now, random }) => {
    const schema = requestSchema(registry);
    const types = posted(registry).map(({ type }) => type);
    return [
      jsonBody(config),
      async (request, response) => {
        const dryRun = isDryRun(request);
        const { action, filter } = parse(schema, request.body);
        const sender = senderOf(request);
        const { sees, types: ownTypes } = sender.principal;
        if (filter.type !== undefined) requireType(sender.principal, filter.type);
        const payload: BulkPayload = {
          action,
          filter,
          types:
            filter.type === undefined ? types.filter((type) => ownTypes?.has(type) ?? true) : [filter.type],
          ...(sees === undefined ? {} : { tenant: sees }),
          before: new Date(now()).toISOString(),
        };
        if (dryRun) {
          const { count, ...more } = await countSelected(queue.list, payload, bulkExamplesMax);
          response.json({
            valid: true,
            action,
            statuses: statusesOf(payload),
            types: payload.types,
            matched: count,
            ...more,
          });
          return;
        }
        const definition = registry.get(bulkOperationType)?.definition;
        if (definition === undefined) throw new Error(`${bulkOperationType} is not registered`);
        const job = {
          id: typeId(bulkOperationType, uuidV7(now(), random(10))),
          type: bulkOperationType,
          version: definition.version,
          payload,
          options: {},
          policy: definition.policy,
          requestId: sender.requestId,
          // One that means all tenants belongs to none: nobody else of the admin's own may do it again.
          ...(sees === undefined ? {} : { tenant: sees }),
        };
        const submitted = await submit(
          { job },
          keyedBy(request, sees === undefined ? `${sender.client} all` : sender.client),
          queue,
        );
        logAccepted(log, job, submitted);
        const accepted = await acceptanceOf(job, submitted, queue);
        response.location(`${config.basePath}/api/jobs/${accepted.jobId}`);
        if (accepted.reused !== undefined) response.set('Idempotency-Replayed', 'true');
        response.status(202).json(accepted);
      },
    ];
  },
};

const requestSchema = (registry: Registry) =>
  bulkRequestSchema(z.enum([...registry.keys()]), errorCodeSchema(registry));
