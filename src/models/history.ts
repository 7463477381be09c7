/** The last hour of the service, minute by minute. */
import { z } from 'zod';

/** Minutes that are kept, the one that is under way included. */
export const historyMinutesMax = 60;

const count = () => z.int().min(0);
const percentiles = (what: string) =>
  z
    .object({ median: z.number().min(0), p95: z.number().min(0) })
    .optional()
    .describe(`${what}, in milliseconds, to within a tenth. Absent where none ended.`);

const minuteSchema = z
  .object({
    at: z.iso.datetime().describe('When it began.'),
    completed: count().describe('Jobs that completed in it.'),
    failed: count().describe('Jobs that failed for good.'),
    cancelled: count(),
    queueMs: percentiles('How long these jobs had waited for a worker since they could start'),
    processingMs: percentiles('How long their last attempts had run'),
    pending: count()
      .optional()
      .describe('Jobs that waited for a worker, at the most. Only for a client that sees all tenants.'),
    oldestPendingMs: count()
      .optional()
      .describe('How long the oldest of them had waited, at the most. As `pending`.'),
  })
  .meta({ id: 'HistoryMinute', description: 'What happened in a minute.' });

const minutesSchema = z
  .array(minuteSchema)
  .describe('One for each minute, oldest first; the last is under way.');

export const historySchema = z
  .object({
    from: z.iso.datetime(),
    until: z.iso.datetime().describe('When it was read.'),
    lanes: z.object({ short: minutesSchema, long: minutesSchema }).describe('All types of a lane together.'),
    types: z
      .record(z.string(), z.object({ lane: z.enum(['short', 'long']), minutes: minutesSchema }))
      .describe('By job type.'),
  })
  .meta({ id: 'History', description: 'The last hour of the service, minute by minute.' });

export type History = z.output<typeof historySchema>;
export type HistoryMinute = z.output<typeof minuteSchema>;
