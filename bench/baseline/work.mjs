/** What all baselines share, so that they do the same: the contract of the job, its work, and their words at the start. */
import { z } from 'zod';

export const queueName = 'jobs';

export const jobSchema = z.strictObject({
  type: z.enum(['calculation', 'sum']),
  payload: z.strictObject({
    operation: z.literal('sum'),
    numbers: z.array(z.number()).min(1).max(1_000),
  }),
});

export const sum = ({ numbers }) => ({ sum: numbers.reduce((total, number) => total + number, 0) });

/** The options that a careful author gives each job. */
export const jobOptions = { attempts: 3, backoff: { type: 'exponential', delay: 1_000 } };

/** Where Redis is, as the first argument: options of ioredis in JSON. */
export const connection = () => ({ ...JSON.parse(process.argv[2]), maxRetriesPerRequest: null });

/** From then on it ends with the run that started it, however that ended. */
export const ready = (server) => {
  process.once('disconnect', () => process.exit(0));
  process.send?.({
    kind: 'ready',
    ...(server === undefined ? {} : { url: `http://127.0.0.1:${server.address().port}` }),
  });
};
