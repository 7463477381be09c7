/** An attempt that failed, as it ended. */
import { z } from 'zod';

const failedAttemptSchema = z
  .object({
    attempt: z.int().min(1),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime(),
    code: z.string(),
    detail: z.string(),
    worker: z.string(),
  })
  .meta({ id: 'FailedAttempt', description: 'An attempt that failed.' });

export const failedAttemptListSchema = z
  .object({ attempts: z.array(failedAttemptSchema) })
  .meta({ id: 'FailedAttemptList', description: 'The failed attempts of a job.' });

export type FailedAttempt = z.output<typeof failedAttemptSchema>;
export type FailedAttemptList = z.output<typeof failedAttemptListSchema>;
