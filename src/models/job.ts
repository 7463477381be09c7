/** A job as the API shows it. What the queue stores is `queue/stored-job.ts`'s affair. */
import { z } from 'zod';
import { backoffSchema } from './policy.js';

/** Every status there is; the last three are final. `docs/job-states.md` draws the way between them. */
export const jobStatuses = [
  'pending',
  'scheduled',
  'blocked',
  'processing',
  'retrying',
  'completed',
  'failed',
  'cancelled',
] as const;

export type JobStatus = (typeof jobStatuses)[number];

export const isFinal = (status: JobStatus) =>
  status === 'completed' || status === 'failed' || status === 'cancelled';

/** More urgent first; in order of arrival within a level. */
export const jobPriorities = ['low', 'normal', 'high', 'urgent'] as const;

export const jobOptionsSchema = z
  .strictObject({
    attempts: z.int().min(1).max(100).optional().describe("Runs at the most; the type's policy when absent."),
    backoff: backoffSchema
      .partial()
      .optional()
      .describe("What differs from the backoff of the type's policy."),
    timeoutMs: z
      .int()
      .min(100)
      .max(86_400_000)
      .optional()
      .describe("Longest time one attempt may take, in milliseconds; the type's policy when absent."),
    priority: z.enum(jobPriorities).optional().describe('Default: normal.'),
  })
  .meta({ id: 'JobOptions', description: "What this job wants otherwise than its type's policy says." });

export type JobOptions = z.output<typeof jobOptionsSchema>;

export const problemSchema = z
  .object({
    type: z.string().describe('A URI reference that leads to a description of the code.'),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string().describe('What happened this time.'),
    instance: z.string().describe('The request path, or the job.'),
    code: z.string().describe('Stable; `docs/errors.md` lists them all.'),
    requestId: z.string().optional(),
    errors: z
      .array(
        z.object({
          pointer: z.string().describe('JSON Pointer (RFC 6901) into the body, or the name of a parameter.'),
          code: z.string(),
          message: z.string(),
        }),
      )
      .optional()
      .describe('Every mistake of the request at once.'),
  })
  .meta({ id: 'Problem', description: 'A problem (RFC 9457).' });

export type Problem = z.output<typeof problemSchema>;

const time = (meaning: string) => z.iso.datetime().describe(meaning);

export const jobSchema = z
  .object({
    id: z.string().describe('The type, `_`, and 26 characters.'),
    type: z.string(),
    status: z.enum(jobStatuses),
    payload: z.unknown().describe('As accepted.'),
    result: z.unknown().optional().describe('Of a completed job; its shape is the type’s.'),
    error: problemSchema.optional().describe('Of a failed job; of the last attempt while it is retrying.'),
    progress: z
      .object({ percent: z.number().min(0).max(100), message: z.string().optional() })
      .optional()
      .describe('As far as the processor reported it.'),
    createdAt: time('When it was accepted.'),
    scheduledFor: time('When it may start: a delay, or the wait before its next attempt.').optional(),
    startedAt: time('When its latest attempt started.').optional(),
    completedAt: time('When it completed.').optional(),
    failedAt: time('When it failed for good.').optional(),
    cancelledAt: time('When it was cancelled.').optional(),
    attempts: z.object({
      made: z
        .int()
        .min(0)
        .describe('Begun so far, the running one included; not those whose worker was lost.'),
      max: z.int().min(1),
    }),
    priority: z.enum(jobPriorities),
    queueTimeMs: z.int().min(0).optional().describe('From acceptance to the start of the latest attempt.'),
    processingTimeMs: z.int().min(0).optional().describe('Length of the latest attempt.'),
    worker: z.string().optional().describe('The worker of the latest attempt.'),
    links: z.object({ self: z.string(), type: z.string() }),
  })
  .meta({ id: 'Job', description: 'A job.' });

/** A job without what only the API knows: its links, and its error as a problem. */
export type Job = Omit<z.output<typeof jobSchema>, 'links' | 'error'> & {
  error?: { code: string; detail: string };
};
