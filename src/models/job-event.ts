/** What happens to jobs, as clients are told it: over Server-Sent Events, and whoever waits for a job. */
import { z } from 'zod';
import { jobStatuses } from './job.js';

const shared = {
  jobId: z.string(),
  type: z.string(),
  tenant: z.string().optional().describe('Whose job it is; absent without API keys.'),
  at: z.iso.datetime(),
};

export const jobEventSchema = z
  .discriminatedUnion('kind', [
    z.object({
      ...shared,
      kind: z.literal('status'),
      status: z.enum(jobStatuses).describe('What the job is now.'),
      attempt: z.int().min(1).optional().describe('While it is processing, and after.'),
      error: z.object({ code: z.string(), detail: z.string() }).optional().describe('Of a failure.'),
    }),
    z.object({
      ...shared,
      kind: z.literal('progress'),
      percent: z.number().min(0).max(100),
      message: z.string().optional(),
    }),
    z.object({
      ...shared,
      kind: z.literal('log'),
      attempt: z.int().min(1),
      message: z.string(),
    }),
    z.object({ ...shared, kind: z.literal('deleted') }),
  ])
  .meta({ id: 'JobEvent', description: 'Something that happened to a job.' });

export const eventGapSchema = z
  .object({ detail: z.string() })
  .meta({ id: 'EventGap', description: 'Events are missing before those that follow.' });

export const eventEndSchema = z
  .object({ jobId: z.string() })
  .meta({ id: 'EventEnd', description: 'Nothing follows: the job is final.' });

export type JobEvent = z.output<typeof jobEventSchema>;

export type EventGap = z.output<typeof eventGapSchema>;
export type EventEnd = z.output<typeof eventEndSchema>;

/** An event without what follows from the id of its job. */
export type JobEventFacts = JobEvent extends infer Event
  ? Event extends JobEvent
    ? Omit<Event, 'type' | 'at'>
    : never
  : never;
