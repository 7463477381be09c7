/** A worker on a queue of a test, and what it ran. */
import { onTestFinished } from 'vitest';
import type { Outcome } from '../../../src/models/outcome.js';
import { policyOf } from '../../../src/models/policy.js';
import { connectPatiently } from '../../../src/queue/connection.js';
import { EventLog } from '../../../src/queue/events/event-log.js';
import { Cancellations } from '../../../src/queue/worker/cancellations.js';
import { type Attempt, JobWorker, type JobWorkerOptions } from '../../../src/queue/worker/job-worker.js';
import { LastChances } from '../../../src/queue/worker/last-chances.js';
import { until } from '../../support/processes.js';
import type { TestQueue } from '../../support/queue.js';
import { testRedisUrl } from '../../support/redis.js';

export interface Started {
  ran: string[];
  errors: string[];
  worker: JobWorker;
  /** Resolves when all that it said is told. */
  told(): Promise<void>;
}

export const echo = (attempt: Pick<Attempt, 'payload'>): unknown => ({ echo: attempt.payload });

/** Whose jobs complete with what `run` returns. */
export const startWorker = (
  test: TestQueue,
  run: (attempt: Attempt) => unknown = echo,
  batches = true,
): Started =>
  startWorkerWith(test, {
    batches,
    execute: async (attempt) => ({ kind: 'completed', result: await run(attempt) }),
  });

export function startWorkerWith(
  { queue, prefix, patient }: TestQueue,
  more: Partial<JobWorkerOptions> & { execute: (attempt: Attempt) => Promise<Outcome> },
): Started {
  const { keys } = queue.access;
  const subscriber = connectPatiently(testRedisUrl());
  const cancellations = new Cancellations({ connection: patient, subscriber, prefix, keys });
  const ran: string[] = [];
  const errors: string[] = [];
  const onError = (error: Error) => void errors.push(error.message);
  const events = new EventLog({ connection: patient, keys, now: Date.now, length: 1_000, onError });
  const worker = new JobWorker({
    type: 'sample',
    policy: policyOf(),
    connection: patient,
    prefix,
    keys,
    eventsMax: 1_000,
    name: 'ours',
    concurrency: 20,
    lockMs: 10_000,
    batches: true,
    random: () => 0,
    now: Date.now,
    cancellations,
    lastChances: new LastChances(),
    events,
    onEnded() {},
    onError,
    ...more,
    execute(attempt) {
      ran.push(attempt.jobId);
      return more.execute(attempt);
    },
  });
  onTestFinished(async () => {
    await worker.close();
    cancellations.close();
  });
  return { ran, errors, worker, told: () => events.flush() };
}

export const submitMany = async ({ queue, newJob }: TestQueue, count: number) => {
  const jobs = Array.from({ length: count }, () => newJob());
  await queue.submitAll(jobs);
  return jobs.map(({ id }) => id);
};

export const allCompleted = ({ bull }: TestQueue, count: number) =>
  until(async () => (await bull.getCompletedCount()) === count);
