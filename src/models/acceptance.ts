/** What a client is told of a job that it has submitted: that the queue has it, or that it was there already. */
import { z } from 'zod';
import { jobStatuses } from './job.js';

export const reusedSchema = z
  .enum(['idempotency_key', 'joined', 'cached'])
  .describe(
    'Why no job was made: this request had arrived before, or the same work is under way, or done. Absent where one was.',
  );

export const acceptedStatusSchema = z
  .enum(jobStatuses)
  .describe('`pending`, `scheduled` or `blocked`; of a job that is not new, what it is now.');

export const acceptanceSchema = z
  .object({
    message: z.string(),
    jobId: z.string(),
    status: acceptedStatusSchema,
    reused: reusedSchema.optional(),
  })
  .meta({ id: 'JobAccepted', description: 'The queue has the job.' });

export type Acceptance = z.output<typeof acceptanceSchema>;
