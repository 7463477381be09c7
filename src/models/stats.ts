/** The figures of the service: jobs by type and status, how long they wait, how fast they are done. */
import { z } from 'zod';

/** Of jobs as Redis can count them: those that are scheduled and those that wait out a backoff lie in one set. */
export const countedStatuses = [
  'pending',
  'delayed',
  'blocked',
  'processing',
  'completed',
  'failed',
  'cancelled',
] as const;

export type CountedStatus = (typeof countedStatuses)[number];

const count = () => z.int().min(0);

const jobsSchema = z
  .object({
    pending: count().describe('They wait for a worker: the depth of the queue.'),
    delayed: count().describe('`scheduled` and `retrying`: they wait for their time.'),
    blocked: count(),
    processing: count(),
    completed: count(),
    failed: count(),
    cancelled: count(),
  })
  .describe('By status; finished ones as long as they are kept.');

const queueShape = {
  jobs: jobsSchema,
  oldestPendingMs: count()
    .optional()
    .describe('How long the oldest pending job has waited since it could start. Absent when none waits.'),
  attemptsPerSecond: z
    .number()
    .min(0)
    .describe('Attempts that end in a second, over all workers; those of the last minute count most.'),
  workers: count().describe('Worker servers alive that serve it.'),
  slots: count().describe('Jobs that they run at once, at the most.'),
};

export const statsSchema = z
  .object({
    at: z.iso.datetime().describe('When they were read, a second ago at the most.'),
    workers: count().describe('Worker servers alive.'),
    lanes: z
      .object({ short: z.object(queueShape), long: z.object(queueShape) })
      .describe('All types of a lane together.'),
    types: z
      .record(
        z.string(),
        z.object({
          lane: z.enum(['short', 'long']),
          paused: z.boolean().describe('Workers start none of its jobs.'),
          ...queueShape,
          processingMs: z
            .number()
            .min(0)
            .optional()
            .describe(
              'Mean length of an attempt, the latest counting most. Absent when none ended for seven days.',
            ),
        }),
      )
      .describe('By job type.'),
  })
  .meta({ id: 'Stats', description: 'The figures of the service, over all servers.' });

export type Stats = z.output<typeof statsSchema>;
export type TypeStats = Stats['types'][string];
export type LaneStats = Stats['lanes']['short'];
