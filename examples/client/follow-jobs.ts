/**
 * A program that uses Jobwright: it submits jobs, follows one, waits for one, and is told why one is refused.
 *
 * `npx tsx examples/client/follow-jobs.ts http://127.0.0.1:3000`, beside `npm start`.
 */
import { JobwrightClient, JobwrightError } from 'jobwright/client';

interface Types {
  calculation: { payload: { operation: string; numbers?: number[]; n?: number }; result: { sum?: number } };
}

const [, , url = 'http://127.0.0.1:3000', apiKey] = process.argv;
const jobwright = new JobwrightClient<Types>({ url, apiKey });

// Submit, and wait for the end.
const job = await jobwright.jobs.run({
  type: 'calculation',
  payload: { operation: 'sum', numbers: [1, 2, 3] },
});
console.log(`${job.status}: the sum is ${job.result?.sum}`);

// Submit, and follow what happens; a connection that is lost is made again.
const { jobId } = await jobwright.jobs.submit({
  type: 'calculation',
  payload: { operation: 'sum', numbers: [4, 5] },
});
for await (const event of jobwright.jobs.events(jobId))
  if (event.kind === 'end') console.log('followed to its end');

// Many at once: each is answered for itself.
const items = [[1], [2, 3], []].map((numbers) => ({
  type: 'calculation' as const,
  payload: { operation: 'sum', numbers },
}));
for await (const answer of jobwright.jobs.submitMany(items))
  console.log(`item ${answer.index}: ${'error' in answer ? answer.error.code : 'accepted'}`);

// What is wrong is said, every mistake with its place.
try {
  await jobwright.jobs.submit({ type: 'calculation', payload: { operation: 'sum', numbers: [] } });
} catch (error) {
  if (!(error instanceof JobwrightError)) throw error;
  console.log(`${error.code} at ${error.errors.map(({ pointer }) => pointer).join(', ')}`);
}
