/** What can be done to many jobs at once, and to which: the vocabulary of bulk operations. */
import { z } from 'zod';
import { acceptedStatusSchema } from './acceptance.js';
import { type JobStatus, jobStatuses, tagSchema } from './job.js';

/** The internal job type that does it. */
export const bulkOperationType = 'bulk_operation';

export const bulkActions = ['cancel', 'retry', 'delete'] as const;

export type BulkAction = (typeof bulkActions)[number];

/**
 * The statuses in which a job can be acted upon. Those of unfinished jobs in the order in which a job goes through
 * them, so that one that moves on meanwhile is met later.
 */
export const bulkStatuses: Readonly<Record<BulkAction, readonly JobStatus[]>> = {
  cancel: ['blocked', 'scheduled', 'retrying', 'pending', 'processing'],
  retry: ['failed', 'cancelled'],
  delete: ['completed', 'failed', 'cancelled'],
};

const time = z.iso.datetime({ offset: true });

const filterMembers = {
  status: z.enum(jobStatuses).optional().describe('Default: every status in which the action is possible.'),
  tag: tagSchema.optional(),
  from: time
    .optional()
    .describe('Jobs from this time on: that of their end for finished ones, else that of their creation.'),
  until: time.optional().describe('Jobs before this time.'),
  all: z
    .literal(true)
    .optional()
    .describe('Every job on which the action is possible; nothing else is named then.'),
};

/**
 * @param type Names that a filter may have.
 * @param error Codes that it may have.
 */
export const bulkRequestSchema = (type: z.ZodType<string>, error: z.ZodType<string>) =>
  z
    .strictObject({
      action: z.enum(bulkActions),
      filter: z
        .strictObject({
          type: type.optional(),
          error: error.optional().describe('Error code of a failed job.'),
          ...filterMembers,
        })
        .describe('What a job must have, all of it. At least one member.'),
    })
    .superRefine((request, context) => {
      for (const { path, message } of mistakesIn(request))
        context.addIssue({ code: 'custom', path: ['filter', ...path], message });
    })
    .meta({ id: 'BulkRequest', description: 'What to do, and to which jobs.' });

export type BulkRequest = z.output<ReturnType<typeof bulkRequestSchema>>;

/** Payload of the job that does it. */
export const bulkPayloadSchema = z
  .strictObject({
    action: z.enum(bulkActions),
    filter: z.strictObject({ type: z.string().optional(), error: z.string().optional(), ...filterMembers }),
    types: z.array(z.string()).describe('Job types that the filter means.'),
    tenant: z.string().optional().describe('Whose jobs; those of all when absent.'),
    before: time.describe('What came, or ended, later is left alone.'),
  })
  .meta({ id: 'BulkOperationPayload' });

export type BulkPayload = z.output<typeof bulkPayloadSchema>;

export const bulkResultSchema = z
  .strictObject({
    matched: z.int().min(0).describe('Jobs that were found, those that failed or were skipped included.'),
    changed: z.int().min(0).describe('Jobs to which it was done. One that ran was told to stop.'),
    skipped: z.int().min(0).describe('Jobs that had moved on when their turn came.'),
    failed: z.int().min(0).describe('Jobs to which it could not be done.'),
    errors: z
      .array(z.strictObject({ jobId: z.string(), code: z.string(), detail: z.string() }))
      .describe('Why, of the first few.'),
  })
  .meta({ id: 'BulkOperationResult' });

export type BulkResult = z.output<typeof bulkResultSchema>;

export const bulkAcceptanceSchema = z
  .object({
    message: z.string(),
    jobId: z.string(),
    status: acceptedStatusSchema,
    reused: z.literal('idempotency_key').optional(),
  })
  .meta({ id: 'BulkAccepted', description: 'The operation is queued, as a job of its own.' });

/** Ids that a dry run shows. */
export const bulkExamplesMax = 10;

export const bulkDryRunSchema = z
  .object({
    valid: z.literal(true),
    action: z.enum(bulkActions),
    statuses: z.array(z.enum(jobStatuses)).describe('That the jobs may have.'),
    types: z.array(z.string()).describe('That the jobs may have.'),
    matched: z.int().min(0).describe('Jobs that match now, as far as they were counted.'),
    complete: z.boolean().describe('Whether all were counted; else there may be more.'),
    examples: z.array(z.string()).describe(`Ids of up to ${bulkExamplesMax} of them.`),
  })
  .meta({ id: 'BulkDryRun', description: 'What a bulk operation would do.' });

export type BulkAcceptance = z.output<typeof bulkAcceptanceSchema>;
export type BulkDryRun = z.output<typeof bulkDryRunSchema>;

/** The statuses that a request means. */
export function statusesOf({ action, filter: { status, error } }: Pick<BulkRequest, 'action' | 'filter'>) {
  const wanted = status === undefined ? bulkStatuses[action] : [status];
  if (error === undefined) return wanted;
  return wanted.filter((each) => each === (error === 'cancelled' ? 'cancelled' : 'failed'));
}

function mistakesIn({ action, filter }: Pick<BulkRequest, 'action' | 'filter'>) {
  const { all, ...named } = filter;
  const mistakes: { path: string[]; message: string }[] = [];
  const isNamed = Object.values(named).some((value) => value !== undefined);
  if (!isNamed && all === undefined)
    mistakes.push({ path: [], message: 'name what the jobs must have, or {"all": true}' });
  if (isNamed && all !== undefined)
    mistakes.push({ path: ['all'], message: 'cannot be given together with anything else' });
  if (filter.status !== undefined && !bulkStatuses[action].includes(filter.status))
    mistakes.push({
      path: ['status'],
      message: `a ${filter.status} job cannot be acted upon with ${action}; expected one of ${bulkStatuses[action].join(', ')}`,
    });
  else if (filter.error !== undefined && statusesOf({ action, filter }).length === 0)
    mistakes.push({
      path: ['error'],
      message: `only a failed job has an error, and none of those meant by ${action}${filter.status === undefined ? '' : ` and ${filter.status}`} is`,
    });
  if (
    filter.from !== undefined &&
    filter.until !== undefined &&
    Date.parse(filter.from) >= Date.parse(filter.until)
  )
    mistakes.push({ path: ['until'], message: 'expected a time after from' });
  return mistakes;
}
