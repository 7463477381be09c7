/** What processors have logged. */
import { z } from 'zod';

export const jobLogsSchema = z
  .object({
    lines: z.array(
      z.object({
        index: z.int().min(0).describe('Its place among the lines that are kept, from 0.'),
        at: z.iso.datetime().optional().describe('When it was written.'),
        attempt: z.int().min(1).optional(),
        message: z.string(),
      }),
    ),
    total: z.int().min(0).describe('Lines that are kept; the queue keeps the latest 1,000.'),
  })
  .meta({ id: 'JobLogs', description: 'What the processor of a job logged, oldest first.' });

export type LogPage = z.output<typeof jobLogsSchema>;
export type LogLine = LogPage['lines'][number];
