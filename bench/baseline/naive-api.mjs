/**
 * What one would write by hand: Express 5, its own body parser, Zod, `queue.add`. Fair, so nothing slow that need not be
 * there: no log, no metrics, no request id, no limits.
 *
 *     node bench/baseline/naive-api.mjs REDIS
 */
import { Queue } from 'bullmq';
import express from 'express';
import { connection, jobOptions, jobSchema, queueName, ready } from './work.mjs';

const queue = new Queue(queueName, { connection: connection() });
const app = express();
app.disable('x-powered-by');
app.use(express.json());

app.post('/api/jobs', async (request, response) => {
  const parsed = jobSchema.safeParse(request.body);
  if (!parsed.success) return response.status(422).json({ errors: parsed.error.issues });
  const { type, payload } = parsed.data;
  const job = await queue.add(type, payload, jobOptions);
  response.status(202).location(`/api/jobs/${job.id}`).json({ jobId: job.id, status: 'pending' });
});

app.get('/api/jobs/:id', async (request, response) => {
  const job = await queue.getJob(request.params.id);
  if (job === undefined) return response.status(404).json({ error: 'no such job' });
  response.json({
    id: job.id,
    type: job.name,
    status: await job.getState(),
    payload: job.data,
    result: job.returnvalue,
    error: job.failedReason,
    createdAt: new Date(job.timestamp),
    completedAt: job.finishedOn && new Date(job.finishedOn),
    attempts: job.attemptsMade,
  });
});

const server = app.listen(0, '127.0.0.1', () => ready(server));
