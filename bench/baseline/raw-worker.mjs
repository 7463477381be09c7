/**
 * BullMQ's own Worker, and nothing around it.
 *
 *     node bench/baseline/raw-worker.mjs REDIS CONCURRENCY
 */
import { Worker } from 'bullmq';
import { connection, queueName, ready, sum } from './work.mjs';

const worker = new Worker(queueName, async (job) => sum(job.data), {
  connection: connection(),
  concurrency: Number(process.argv[3] ?? 10),
});
await worker.waitUntilReady();
ready();
