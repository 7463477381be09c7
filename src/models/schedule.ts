/** A schedule: a job that is submitted again and again, at the times of a cron expression or at an interval. */
import { z } from 'zod';
import { jobOptionsSchema, jobStatuses } from './job.js';

/** Schedules that there may be, with API keys those of one tenant. */
export const schedulesMax = 1_000;
/** Bytes of one as JSON. */
export const scheduleBytesMax = 262_144;

/** `schedule:` and an id make a tag, which has 64 characters at the most. */
export const scheduleIdSchema = z
  .string()
  .min(1)
  .max(55)
  .regex(/^[a-z0-9_-]*$/, 'expected lower-case letters, digits, - and _')
  .describe('Chosen by the client, so that creating it twice is one schedule.');

/** The tag of the jobs that a schedule makes. */
export const scheduleTag = (id: string) => `schedule:${id}`;

const cronSchema = z
  .string()
  .max(300)
  .describe(
    'Minute, hour, day of the month, month, day of the week; or six fields with the second before them. Where both days are limited, either may match.',
  );
const timeZoneSchema = z.string().max(64).describe('IANA name of the zone whose clocks `cron` means.');
const everyMsSchema = z
  .int()
  .min(1_000)
  .max(31_536_000_000)
  .describe('Milliseconds from one run to the next, counted from the creation.');
const pausedSchema = z.boolean().describe('A paused schedule makes no jobs.');

const {
  delayMs: _delayMs,
  runAt: _runAt,
  expiresAt: _expiresAt,
  onFailure: _onFailure,
  ...scheduledOptions
} = jobOptionsSchema.shape;

/** Without what says when, which is the schedule's to say, and what only a child can have. */
export const scheduledJobOptionsSchema = z.strictObject(scheduledOptions).meta({
  id: 'ScheduledJobOptions',
  description: "What each job wants otherwise than its type's policy says.",
});

/** What a request for a schedule has beside `type`, `payload` and `options`. */
export const scheduleRequestShape = {
  id: scheduleIdSchema.optional(),
  cron: cronSchema.optional(),
  timeZone: timeZoneSchema.optional(),
  everyMs: everyMsSchema.optional(),
  paused: pausedSchema.optional(),
};

/** What may be changed; null takes a member away. */
export const scheduleChangeSchema = z
  .strictObject({
    payload: z.unknown().optional().describe('As a whole; checked against the type.'),
    options: scheduledJobOptionsSchema.nullable().optional().describe('As a whole.'),
    cron: cronSchema.nullable().optional(),
    timeZone: timeZoneSchema.nullable().optional(),
    everyMs: everyMsSchema.nullable().optional(),
    paused: pausedSchema.optional(),
  })
  .meta({ id: 'ScheduleChange', description: 'The members that change; null takes one away.' });

export type ScheduleChange = z.output<typeof scheduleChangeSchema>;
/** As clients send it. */
export type ScheduleChangeSent = z.input<typeof scheduleChangeSchema>;

const time = (meaning: string) => z.iso.datetime().describe(meaning);

export const scheduleSchema = z
  .object({
    id: z.string(),
    tenant: z.string().optional().describe('Whose schedule it is; absent without API keys.'),
    type: z.string(),
    version: z.int().min(1).describe('Version of the type under which the payload was accepted.'),
    payload: z.unknown().describe('Of each job, as accepted.'),
    options: scheduledJobOptionsSchema.optional(),
    cron: cronSchema.optional(),
    timeZone: timeZoneSchema.optional(),
    everyMs: everyMsSchema.optional(),
    paused: pausedSchema,
    createdAt: time('When it was created.'),
    updatedAt: time('When it was last changed.'),
    nextRunAt: time('When it is due next; absent while it is paused.').optional(),
    nextRuns: z.array(z.iso.datetime()).optional().describe('The next five times; not in the list.'),
    lastRunAt: time('When its latest job was due, or was asked for.').optional(),
    lastJobId: z.string().optional().describe('The latest job that it made.'),
    links: z.object({ self: z.string(), type: z.string(), lastJob: z.string().optional() }),
  })
  .meta({ id: 'Schedule', description: 'A job that is submitted again and again.' });

export const scheduleListSchema = z
  .object({
    schedules: z.array(scheduleSchema),
    nextCursor: z.string().optional().describe('Absent on the last page.'),
  })
  .meta({ id: 'ScheduleList' });

export const scheduleRunSchema = z
  .object({ message: z.string(), jobId: z.string(), status: z.enum(jobStatuses) })
  .meta({ id: 'ScheduleRun', description: 'The queue has the job.' });

export type ScheduleList = z.output<typeof scheduleListSchema>;
export type ScheduleRun = z.output<typeof scheduleRunSchema>;

/** As clients send them. */
export type ScheduledJobOptionsSent = z.input<typeof scheduledJobOptionsSchema>;

/** As clients see it. */
export type ShownSchedule = z.output<typeof scheduleSchema>;

/** A schedule without what only the API knows. */
export type Schedule = Omit<ShownSchedule, 'links' | 'nextRuns'>;

/** What was asked for, without what came of it. */
export type ScheduleDefinition = Omit<Schedule, 'nextRunAt' | 'lastRunAt' | 'lastJobId'>;
