import { expect, it } from 'vitest';
import { failedAttempts, noteFailedAttempt } from '../../../src/queue/lists/failed-attempts.js';
import { queueForTest } from '../../support/queue.js';

const failed = (attempt: number) => ({
  attempt,
  startedAt: '2026-11-05T09:00:00.000Z',
  endedAt: '2026-11-05T09:00:01.000Z',
  code: 'remote_error',
  detail: `Failure ${attempt}.`,
  worker: 'w',
});

it('keeps the latest hundred failed attempts of a job, in order', async () => {
  const { queue, newJob } = await queueForTest();
  const job = newJob();
  await queue.submit(job);
  for (let attempt = 1; attempt <= 103; attempt++)
    await noteFailedAttempt(queue.access, job.id, failed(attempt));
  const kept = await failedAttempts(queue.access, job.id);
  expect(kept.map(({ attempt }) => attempt)).toEqual(Array.from({ length: 100 }, (_, index) => index + 4));
});

it('notes nothing of a job that was removed meanwhile', async () => {
  const { queue, newJob } = await queueForTest();
  const job = newJob();
  await queue.submit(job);
  await queue.changes.cancel(job.id);
  await queue.changes.remove(job.id);
  await noteFailedAttempt(queue.access, job.id, failed(1));
  expect(await queue.access.connection.exists(queue.access.keys.attempts(job.id))).toBe(0);
});
