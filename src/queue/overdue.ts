/**
 * Ends jobs at their time although no worker has them: those that expire, those whose deadline passes, and those whose
 * cancelling was begun by a process that died before it was done.
 */
import { isFinal, type Job } from '../models/job.js';
import { endedWithoutRun } from './changes/record-end.js';
import { endWaiting } from './changes/withdraw.js';
import type { JobQueue } from './job-queue.js';
import { queueKeys } from './keys.js';
import { errorOf, expiredAt } from './stored-job.js';
import type { Tell } from './tell.js';

/** A job that runs past its time is left to its worker, and looked at again after this long. */
const againMs = 10_000;

/**
 * @param countMax Jobs that are dealt with at the most.
 * @throws Failure `queue_unavailable`
 */
export async function endOverdue(queue: JobQueue, countMax: number, tell?: Tell): Promise<void> {
  const { access } = queue;
  const { connection, keys, now } = access;
  const due = await access.ask(() =>
    connection.zrangebyscore(keys.deadlines, '-inf', now(), 'LIMIT', 0, countMax),
  );
  for (const id of due) {
    const job = await queue.find(id);
    if (job === undefined || isFinal(job.status)) {
      // Whoever records an end takes the job out of here: that of a failure has not been noted.
      if (job?.error !== undefined) await noteEnd(queue, job, job.error);
      await access.ask(() => connection.zrem(keys.deadlines, id));
      continue;
    }
    const { error, deadlineMs } = await whyOverdue(queue, job);
    const ended = error && (await endWaiting(access, id, error, { stopRunning: false }));
    if (error !== undefined && ended === 'ended') {
      await noteEnd(queue, job, error);
      tell?.({ jobId: id, code: error.code }, 'job ended without a run');
    } else if (error === undefined && deadlineMs === Infinity)
      await access.ask(() => connection.zrem(keys.deadlines, id));
    // One that runs is ended by its worker; should that die, the time still holds.
    else
      await access.ask(() =>
        connection.zadd(
          keys.deadlines,
          'XX',
          Math.max(deadlineMs === Infinity ? 0 : deadlineMs, now() + againMs),
          id,
        ),
      );
  }
}

interface JobError {
  code: string;
  detail: string;
}

/** The error to end it with, or none yet; and until when it has time, in milliseconds since the epoch. */
async function whyOverdue({ access }: JobQueue, job: Job): Promise<{ error?: JobError; deadlineMs: number }> {
  const { connection, prefix, now } = access;
  const deadlineMs = job.deadlineAt === undefined ? Infinity : Date.parse(job.deadlineAt);
  if (deadlineMs <= now())
    return {
      error: { code: 'deadline_exceeded', detail: `The job had not completed by ${job.deadlineAt}.` },
      deadlineMs,
    };
  const expiresMs = job.expiresAt === undefined ? Infinity : Date.parse(job.expiresAt);
  if (expiresMs <= now() && job.startedAt === undefined) return { error: expiredAt(expiresMs), deadlineMs };
  const reason = await access.ask(() => connection.hget(queueKeys(prefix, job.type).job(job.id), 'defa'));
  const error = reason === null ? undefined : errorOf(reason);
  return error?.code === 'cancelled' ? { error, deadlineMs } : { deadlineMs };
}

async function noteEnd(queue: JobQueue, job: Job, error: JobError): Promise<void> {
  await queue.access.ask(() => endedWithoutRun(queue.access, job.id, error));
  if (error.code === 'cancelled') await queue.changes.cancelChildren(job);
}
