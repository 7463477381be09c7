/** A job type's defaults: how its jobs are queued, retried, limited and kept. */
import { z } from 'zod';
import type { FieldError } from './failure.js';

export const backoffSchema = z
  .strictObject({
    /** Wait before the second attempt, in milliseconds. */
    initialMs: z.int().min(0).max(3_600_000).default(1_000),
    /** Each further wait is this many times the one before. */
    factor: z.number().min(1).max(10).default(2),
    /** No wait is longer, in milliseconds. */
    maxMs: z.int().min(0).max(86_400_000).default(300_000),
    /** Share of each wait that is random, 0 to 1: many jobs that failed together do not return together. */
    jitter: z.number().min(0).max(1).default(0.2),
  })
  .meta({
    id: 'Backoff',
    description:
      'Exponential backoff: initialMs, then factor times more each attempt, up to maxMs; the share `jitter` of each wait is random.',
  });

/** Of one attempt: what a lane gives where a type asks for nothing, and the most that it allows, in milliseconds. */
export const laneTimeoutMs = {
  short: { default: 30_000, max: 300_000 },
  long: { default: 3_600_000, max: 86_400_000 },
} as const;

export const policySchema = z
  .strictObject({
    /** A worker can serve one lane only, so long jobs never delay short ones. */
    lane: z.enum(['short', 'long']).default('short'),
    /** Runs of the processor at the most, the first included. */
    attempts: z.int().min(1).max(100).default(3),
    backoff: backoffSchema.prefault({}),
    /** One attempt may run this long, in milliseconds; then it is stopped. Default: by lane, see `laneTimeoutMs`. */
    timeoutMs: z.int().min(100).max(86_400_000).optional(),
    /** Most jobs of the type that run at once, over all workers. No limit when absent. */
    concurrency: z.int().min(1).max(100_000).optional(),
    /** At most `max` jobs of the type start in each `durationMs`, over all workers. */
    rateLimit: z
      .strictObject({ max: z.int().min(1).max(1_000_000), durationMs: z.int().min(1).max(86_400_000) })
      .optional(),
    /** Whether a job that is identical to one not yet finished is that job, and not run twice. */
    join: z.boolean().default(false),
    /** How long a result serves identical jobs, in milliseconds; 0 is never. */
    cacheMs: z.int().min(0).max(31_536_000_000).default(0),
    /** How long, and how many, finished jobs are kept. */
    retention: z
      .strictObject({
        completedAgeMs: z
          .int()
          .min(1_000)
          .default(7 * 86_400_000),
        failedAgeMs: z
          .int()
          .min(1_000)
          .default(30 * 86_400_000),
        countMax: z.int().min(1).default(100_000),
      })
      .prefault({}),
  })
  .superRefine(({ lane, timeoutMs }, { addIssue }) => {
    const message = tooLongForLane(lane, timeoutMs);
    if (message !== undefined) addIssue({ code: 'custom', path: ['timeoutMs'], message });
  });

/** A policy as it holds for a type: with the timeout of its lane where the type names none. */
export const effectivePolicySchema = z
  .strictObject({ ...policySchema.shape, timeoutMs: policySchema.shape.timeoutMs.unwrap() })
  .meta({ id: 'Policy', description: "A job type's defaults." });

export type Backoff = z.output<typeof backoffSchema>;
export type Policy = z.output<typeof effectivePolicySchema>;
export type Lane = Policy['lane'];

/** Complete: with the timeout that the lane gives where none is named. @throws ZodError */
export function policyOf(given: z.input<typeof policySchema> = {}): Policy {
  const policy = policySchema.parse(given);
  return { ...policy, timeoutMs: policy.timeoutMs ?? laneTimeoutMs[policy.lane].default };
}

/** What is wrong with the `timeoutMs` that a job asks for: no job may stay in its lane longer than the lane allows. */
export function timeoutMistake({ lane }: Policy, timeoutMs: number | undefined): FieldError | undefined {
  const message = tooLongForLane(lane, timeoutMs);
  return message === undefined ? undefined : { pointer: '/options/timeoutMs', code: 'too_big', message };
}

function tooLongForLane(lane: Lane, timeoutMs: number | undefined): string | undefined {
  const { max } = laneTimeoutMs[lane];
  if (timeoutMs === undefined || timeoutMs <= max) return undefined;
  return `the ${lane} lane allows at most ${max} ms, got ${timeoutMs}`;
}

/**
 * Milliseconds to wait after `attemptsMade` attempts (1 after the first).
 *
 * @param random 0 (inclusive) to 1 (exclusive); takes up to the share `jitter` off the wait.
 */
export function backoffMs(backoff: Backoff, attemptsMade: number, random: number): number {
  const exact = Math.min(backoff.maxMs, backoff.initialMs * backoff.factor ** (attemptsMade - 1));
  return Math.round(exact * (1 - backoff.jitter * random));
}
