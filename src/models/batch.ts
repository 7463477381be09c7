/** What becomes of each item of a batch of jobs. */
import { z } from 'zod';
import { acceptedStatusSchema, reusedSchema } from './acceptance.js';
import { dryRunSchema } from './dry-run.js';
import { problemSchema } from './job.js';

const index = z.int().min(0).describe('Place of the item in the batch, from 0.');

export const batchAnswerSchema = z
  .union([
    z.object({
      index,
      status: z.literal(202),
      message: z.string(),
      jobId: z.string(),
      jobStatus: acceptedStatusSchema,
      reused: reusedSchema.optional(),
    }),
    z.object({ index, status: z.literal(200), dryRun: dryRunSchema }),
    z.object({
      index,
      status: z.int().min(400).max(599).describe('What a single request would have been answered with.'),
      error: problemSchema,
    }),
  ])
  .meta({ id: 'BatchAnswer', description: 'What became of one item of a batch.' });

export type BatchAnswer = z.output<typeof batchAnswerSchema>;
