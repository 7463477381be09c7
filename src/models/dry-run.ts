/** What a submission would do: the answer to `?dryRun=true`. */
import { z } from 'zod';
import { jobPriorities, jobStatuses } from './job.js';

const plannedSchema = z.object({
  type: z.string(),
  version: z.int().min(1).describe('Of the type.'),
  payload: z.unknown().describe('As the type reads it, with its defaults. Stored is what was sent.'),
  queue: z
    .object({
      lane: z.enum(['short', 'long']),
      priority: z.enum(jobPriorities),
      fairnessKey: z.string().optional(),
    })
    .describe('Where it would wait.'),
  status: z
    .enum(jobStatuses)
    .describe('That it would have at first; with `reuse`, that the other job has now.'),
  scheduledFor: z.iso.datetime().optional().describe('When it might start.'),
  expiresAt: z.iso.datetime().optional().describe('It would fail if it had not started by then.'),
  deadlineAt: z.iso.datetime().optional().describe('It would fail if it had not completed by then.'),
  attempts: z.int().min(1).describe('Runs at the most.'),
  backoff: z
    .object({
      initialMs: z.int().min(0),
      factor: z.number().min(1),
      maxMs: z.int().min(0),
      jitter: z.number().min(0).max(1),
    })
    .describe('Between them, in full: see `Backoff`.'),
  timeoutMs: z.int().min(1).describe('Longest time of one attempt, in milliseconds.'),
  get children(): z.ZodOptional<z.ZodArray<typeof plannedSchema>> {
    return z.array(plannedSchema).optional();
  },
});

// Not `.meta`, which names a copy: the schema refers to itself.
z.globalRegistry.add(plannedSchema, { id: 'PlannedJob', description: 'A job as it would be stored.' });

export const dryRunSchema = z
  .object({
    valid: z.literal(true).describe('What is not valid is answered with a problem.'),
    ...plannedSchema.shape,
    children: z.array(plannedSchema).optional().describe('In the order of the request.'),
    reuse: z
      .object({
        kind: z
          .enum(['idempotency_key', 'joined', 'cached'])
          .describe('This request had arrived before; or the same work is under way, or done.'),
        jobId: z.string(),
      })
      .optional()
      .describe('The job that would be answered in place of a new one.'),
  })
  .meta({ id: 'DryRun', description: 'What a submission would do.' });

export type DryRun = z.output<typeof dryRunSchema>;
export type PlannedJob = z.output<typeof plannedSchema>;
