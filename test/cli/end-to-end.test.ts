/** The real servers under the supervisor: what a new user does first. */
import { expect, it } from 'vitest';
import { type RunningProcess, runFile, until } from '../support/processes.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const launch = (folder: string, args: string[] = []) =>
  runFile('src/cli/jobwright.ts', {
    args,
    environment: { DATA_DIR: folder, CACHE_DIR: './.cache', PORT: '0' },
  });

const urlOf = async (run: RunningProcess) => (await run.says(/ API {12}(http:\S+)\n/))[1] ?? '';

async function completed(url: string, jobId: string): Promise<{ status: string; result: unknown }> {
  return until(async () => {
    const job = (await (await fetch(`${url}/api/jobs/${jobId}`)).json()) as {
      status: string;
      result: unknown;
    };
    return ['completed', 'failed'].includes(job.status) && job;
  });
}

async function post(url: string): Promise<string> {
  const response = await fetch(`${url}/api/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'calculation', payload: { operation: 'sum', numbers: [1, 2, 3] } }),
  });
  expect(response.status).toBe(202);
  return ((await response.json()) as { jobId: string }).jobId;
}

it('runs a job, stops, and finds the job again at the next start, where a second worker joins', async () => {
  const folder = await temporaryFolder();
  const first = launch(folder);
  const jobId = await post(await urlOf(first));
  const job = await completed(await urlOf(first), jobId);
  expect(job).toMatchObject({ status: 'completed' });
  first.child.kill('SIGINT');
  expect(await first.ended).toBe(0);

  const second = launch(folder);
  const url = await urlOf(second);
  expect(await completed(url, jobId)).toEqual(job);

  const worker = launch(folder, ['--role', 'worker']);
  await until(async () => {
    const ready = (await (await fetch(`${url}/readyz`)).json()) as { workers?: { alive: number } };
    return ready.workers?.alive === 2;
  });
  worker.child.kill('SIGTERM');
  expect(await worker.ended).toBe(0);
  second.child.kill('SIGTERM');
  expect(await second.ended).toBe(0);
}, 60_000);
