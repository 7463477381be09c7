/** A job that is cancelled when its attempt has ended already, and the end is not recorded yet. */
import { expect, it } from 'vitest';
import type { Outcome } from '../../../src/models/outcome.js';
import { policyOf } from '../../../src/models/policy.js';
import { until } from '../../support/processes.js';
import { queueForTest, type TestQueue } from '../../support/queue.js';
import { startWorkerWith } from '../worker/start-worker.js';

const error = { code: 'remote_error', detail: 'Once more.' };

/** A worker whose attempts end as they are told, one at a time. */
const startWorker = (test: TestQueue, execute: (jobId: string) => Promise<Outcome>) =>
  startWorkerWith(test, {
    policy: policyOf({ backoff: { initialMs: 600_000 } }),
    concurrency: 1,
    execute: ({ jobId }) => execute(jobId),
  });

it.each<[string, Outcome, { status: string; made: number }]>([
  ['would be repeated', { kind: 'retry', error }, { status: 'cancelled', made: 1 }],
  ['would be handed back', { kind: 'handed_back' }, { status: 'cancelled', made: 1 }],
  ['would be held', { kind: 'held' }, { status: 'cancelled', made: 1 }],
  ['failed for good', { kind: 'failed', error }, { status: 'failed', made: 1 }],
  ['completed', { kind: 'completed', result: {} }, { status: 'completed', made: 1 }],
])('a job that %s', async (_, outcome, { status, made }) => {
  const test = await queueForTest();
  const { queue, newJob } = test;
  startWorker(test, async (jobId) => {
    await queue.changes.cancel(jobId);
    return outcome;
  });
  const job = newJob();
  await queue.submit(job);
  const ended = await until(async () => {
    const found = await queue.find(job.id);
    return found !== undefined && found.status !== 'pending' && found.status !== 'processing' && found;
  });
  expect(ended).toMatchObject({ status, attempts: { made } });
});
