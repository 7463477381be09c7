/** Failed jobs, put together by what they failed of. */
import { z } from 'zod';

const failuresOfCodeSchema = z
  .object({
    type: z.string(),
    code: z.string().describe('Of the error.'),
    title: z.string().describe('Of the error: the same few words each time.'),
    count: z.int().min(1).describe('Jobs of the type that failed with it and are kept.'),
    lastAt: z.iso.datetime().describe('When the latest of them failed.'),
    latest: z
      .object({ id: z.string(), detail: z.string().describe('What happened that time.') })
      .describe('The latest of them.'),
    links: z.object({
      jobs: z.string().describe('The list of these jobs.'),
      error: z.string().describe('What the code means.'),
    }),
  })
  .meta({ id: 'FailuresOfCode', description: 'Jobs of one type that failed with one code.' });

export const failureListSchema = z
  .object({ failures: z.array(failuresOfCodeSchema).describe('The latest first.') })
  .meta({ id: 'FailureList', description: 'Failed jobs by type and error code.' });

export type FailureList = z.output<typeof failureListSchema>;
export type FailuresOfCode = FailureList['failures'][number];
