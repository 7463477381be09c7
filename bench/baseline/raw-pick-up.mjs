/**
 * BullMQ's own Worker, which returns how long after it was sent each job began, in milliseconds.
 *
 *     node bench/baseline/raw-pick-up.mjs REDIS
 */
import { Worker } from 'bullmq';
import { connection, queueName, ready } from './work.mjs';

const now = () => performance.timeOrigin + performance.now();
const worker = new Worker(queueName, async (job) => now() - job.data.sentMs, { connection: connection() });
await worker.waitUntilReady();
ready();
