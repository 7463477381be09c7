/** The failed attempts of a job, each as it ended: what the job itself shows is only the last. */
import { z } from 'zod';
import type { Connection } from './connection.js';
import type { OwnKeys } from './keys.js';
import type { QueueAccess } from './queue-access.js';

/** Of each job, the latest. */
const attemptsKept = 100;

export const failedAttemptSchema = z
  .object({
    attempt: z.int().min(1),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime(),
    code: z.string(),
    detail: z.string(),
    worker: z.string(),
  })
  .meta({ id: 'FailedAttempt', description: 'An attempt that failed.' });

export type FailedAttempt = z.output<typeof failedAttemptSchema>;

export async function noteFailedAttempt(
  connection: Connection,
  keys: OwnKeys,
  jobId: string,
  attempt: FailedAttempt,
): Promise<void> {
  const key = keys.attempts(jobId);
  await connection.pipeline().rpush(key, JSON.stringify(attempt)).ltrim(key, -attemptsKept, -1).exec();
}

/** In their order. @throws Failure `queue_unavailable` */
export async function failedAttempts(access: QueueAccess, jobId: string): Promise<FailedAttempt[]> {
  const { connection, keys } = access;
  const lines = await access.ask(() => connection.lrange(keys.attempts(jobId), 0, -1));
  return lines.map((line) => JSON.parse(line) as FailedAttempt);
}
