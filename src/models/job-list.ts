/** Pages of jobs. */
import { z } from 'zod';
import { jobSchema } from './job.js';

/** A job in a list. */
export const jobSummarySchema = jobSchema
  .omit({ payload: true, result: true })
  .meta({ id: 'JobSummary', description: 'A job without its payload and its result.' });

export const jobListSchema = z
  .object({
    jobs: z.array(jobSummarySchema),
    next: z
      .string()
      .optional()
      .describe('The `cursor` of the next page. Absent on the last page; a page that has it may be short.'),
  })
  .meta({ id: 'JobList', description: 'A page of jobs.' });

export type JobSummary = z.output<typeof jobSummarySchema>;
export type JobList = z.output<typeof jobListSchema>;
