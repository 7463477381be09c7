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

export type JobPriority = (typeof jobPriorities)[number];

/** What becomes of the parent of a child that fails or is cancelled. */
export const childFailurePolicies = ['fail', 'continue'] as const;

/** Tags of a job at the most, and characters of each. */
const tagsMax = 10;
const tagLengthMax = 64;

export const tagSchema = z
  .string()
  .min(1)
  .max(tagLengthMax)
  .regex(/^[\p{L}\p{N}._:@/+-]+$/u, 'expected letters, digits and any of . _ : @ / + -');

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
    delayMs: z
      .int()
      .min(0)
      .max(315_360_000_000)
      .optional()
      .describe('Milliseconds from now before which it does not start. Not together with runAt.'),
    runAt: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('When it may start. A time that has passed means now. Not together with delayMs.'),
    expiresAt: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('A job that has not started by then fails with `expired` and is never run.'),
    deadlineMs: z
      .int()
      .min(100)
      .max(315_360_000_000)
      .optional()
      .describe('Longest time from acceptance to the end, all attempts and waits included, in milliseconds.'),
    fairnessKey: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe('Whose work it is, a tenant for example: waiting jobs of different keys take turns.'),
    tags: z.array(tagSchema).max(tagsMax).optional().describe('Words to find it by in the list of jobs.'),
    cache: z
      .boolean()
      .optional()
      .describe('false: run it, even if the same work is done or under way. Default: true.'),
    callbackUrl: z
      .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
      .max(2_048)
      .optional()
      .describe('Where the finished job is posted, signed as Standard Webhooks says.'),
    onFailure: z
      .enum(childFailurePolicies)
      .optional()
      .describe('Of a child: what becomes of its parent when it fails. Default: fail.'),
  })
  .refine((options) => options.delayMs === undefined || options.runAt === undefined, {
    message: 'cannot be given together with delayMs',
    path: ['runAt'],
  })
  .meta({ id: 'JobOptions', description: "What this job wants otherwise than its type's policy says." });

export type JobOptions = z.output<typeof jobOptionsSchema>;
/** As clients send them. */
export type JobOptionsSent = z.input<typeof jobOptionsSchema>;

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
    version: z.int().min(1).describe('Version of its type under which it was accepted.'),
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
    cancelRequestedAt: time('When a client asked to cancel it, while it ran.').optional(),
    expiresAt: time('It fails if it has not started by then.').optional(),
    deadlineAt: time('It fails if it has not completed by then.').optional(),
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
    fairnessKey: z.string().optional(),
    tags: z.array(z.string()).optional(),
    callbackUrl: z.string().optional().describe('Where its end is told.'),
    tenant: z.string().optional().describe('Whose job it is; absent without API keys.'),
    parentId: z.string().optional().describe('The job whose child it is.'),
    children: z.array(z.string()).optional().describe('Ids of its children, in the order of the request.'),
    links: z.object({ self: z.string(), type: z.string(), events: z.string(), logs: z.string() }),
  })
  .meta({ id: 'Job', description: 'A job.' });

/** As clients see it. */
export type ShownJob = z.output<typeof jobSchema>;

/** A job without what only the API knows: its links, and its error as a problem. */
export type Job = Omit<ShownJob, 'links' | 'error'> & {
  error?: { code: string; detail: string };
};
