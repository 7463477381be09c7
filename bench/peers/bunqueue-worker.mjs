/**
 * bunqueue's own worker, on its server's TCP port; runs in Bun.
 *
 *     bun bench/peers/bunqueue-worker.mjs PORT CONCURRENCY
 */
import { Worker } from 'bunqueue/client';

const [, , port, concurrency] = process.argv;
const sum = ({ numbers }) => ({ sum: numbers.reduce((total, number) => total + number, 0) });
new Worker('jobs', async (job) => sum(job.data), {
  connection: { host: '127.0.0.1', port: Number(port) },
  concurrency: Number(concurrency),
});
process.once('disconnect', () => process.exit(0));
process.send?.({ kind: 'ready' });
