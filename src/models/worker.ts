/** A worker server as it announces itself: who it is, where it runs, and what it can do. */
import { z } from 'zod';

/** What it says of itself, once. */
export const workerFactsSchema = z.object({
  name: z.string().describe('What a job shows as its `worker`.'),
  host: z.string(),
  pid: z.int().min(1),
  startedAt: z.iso.datetime(),
  version: z.string().describe('Of Jobwright.'),
  lanes: z.array(z.enum(['short', 'long'])).describe('Lanes that it serves.'),
  types: z
    .record(
      z.string(),
      z.object({
        version: z.int().min(1).describe('Of the type, the newest that this worker can run.'),
        concurrency: z.int().min(1).describe('Jobs of the type that it runs at once, at the most.'),
      }),
    )
    .describe('Job types that it runs, by name.'),
});

export const workerRecordSchema = workerFactsSchema.extend({
  lastSeenAt: z.iso.datetime().describe('When it was last heard of.'),
  aliveUntil: z.iso.datetime().describe('It counts as gone when nothing is heard of it until then.'),
});

export const busyWorkerSchema = workerRecordSchema
  .extend({
    running: z
      .array(
        z.object({
          id: z.string(),
          type: z.string(),
          startedAt: z.iso.datetime().describe('When the attempt that runs began.'),
          attempt: z.int().min(1),
        }),
      )
      .describe('The jobs that it runs now; of each type a thousand at most, over all workers.'),
  })
  .meta({ id: 'Worker', description: 'A worker server that is alive, and what it does.' });

export const workerListSchema = z.object({ workers: z.array(busyWorkerSchema) }).meta({ id: 'WorkerList' });

export type WorkerFacts = z.output<typeof workerFactsSchema>;
export type WorkerRecord = z.output<typeof workerRecordSchema>;
export type RunningJob = BusyWorker['running'][number];
export type BusyWorker = z.output<typeof busyWorkerSchema>;
export type WorkerList = z.output<typeof workerListSchema>;
