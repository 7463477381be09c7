/** Why a job is where it is: the closed set of reasons, and the answer that lists those that hold. */
import { z } from 'zod';
import { jobStatuses } from './job.js';

/** Every reason there is, and when it holds. `docs/waiting.md` says of each what to do. */
export const whyCodes = {
  finished: 'It has completed, failed or been cancelled.',
  cancel_requested: 'A client asked to cancel it, and the worker that runs it has not ended it yet.',
  running: 'A worker runs it now.',
  worker_lost: 'The worker that ran it has fallen silent; the job returns to its queue.',
  scheduled: 'Its time has not come.',
  backoff: 'An attempt failed, and the wait before the next one is not over.',
  children: 'It runs after its children, and some are unfinished.',
  paused: 'Its type is paused.',
  no_worker: 'No worker that is alive runs its type.',
  no_worker_for_version: 'The workers that are alive know only an older version of its type.',
  rate_limited: 'As many jobs of its type have started as the rate limit allows.',
  type_concurrency: 'As many jobs of its type run as its policy allows, over all workers.',
  workers_busy: 'Every worker for its type runs as many jobs as it takes at once.',
  queue: 'Other jobs are before it.',
  starting: 'Nothing is in its way: a worker is about to take it.',
} as const;

export type WhyCode = keyof typeof whyCodes;

const codes = Object.keys(whyCodes) as [WhyCode, ...WhyCode[]];

const reasonSchema = z.object({
  code: z.enum(codes).describe(
    `What holds:\n${Object.entries(whyCodes)
      .map(([code, meaning]) => `- \`${code}\`: ${meaning}`)
      .join('\n')}`,
  ),
  detail: z.string().describe('The same for a reader, with the figures.'),
  until: z.iso.datetime().optional().describe('When it ceases to hold, where that is known.'),
  unfinished: z.int().min(0).optional().describe('Of `children`: how many are unfinished.'),
  jobIds: z.array(z.string()).optional().describe('Of `children`: the unfinished ones, or 20 of them.'),
  running: z.int().min(0).optional().describe('Of what is full: jobs of the type that run now.'),
  limit: z.int().min(0).optional().describe('Of what is full: how many it takes.'),
});

export const whySchema = z
  .object({
    jobId: z.string(),
    status: z.enum(jobStatuses),
    reasons: z.array(reasonSchema).min(1).describe('All that hold; the first is the one to act on.'),
    position: z
      .int()
      .min(0)
      .optional()
      .describe('Of a job in the queue: how many are served before it. 0 is the next.'),
    estimatedStartAt: z.iso
      .datetime()
      .optional()
      .describe('When it will probably start. Absent where nothing can be said.'),
    estimatedWaitMs: z.int().min(0).optional().describe('The same, in milliseconds from now.'),
    estimateBasis: z
      .object({
        position: z.int().min(0).describe('Jobs taken to be before it.'),
        running: z.int().min(0).describe('Jobs of the type that run now.'),
        slots: z
          .int()
          .min(1)
          .describe('Jobs of the type that the workers alive run at once, capped by the policy.'),
        processingMs: z
          .number()
          .min(0)
          .optional()
          .describe('Mean length of an attempt. Absent when none ended for long.'),
        rateLimit: z
          .object({ max: z.int().min(1), durationMs: z.int().min(1) })
          .optional()
          .describe('At most `max` start in each `durationMs`.'),
      })
      .optional()
      .describe('What the estimate rests on.'),
  })
  .meta({ id: 'Why', description: 'Why a job is where it is, and when it will probably start.' });

export type WhyReason = z.output<typeof reasonSchema>;
export type Why = z.output<typeof whySchema>;
