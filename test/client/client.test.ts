import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JobwrightClient } from '../../src/client/index.js';
import { startApi, type TestApi } from '../support/api.js';
import { until } from '../support/processes.js';

let api: TestApi;
let jobwright: JobwrightClient;
beforeAll(async () => {
  api = await startApi();
  await api.startWorker();
  jobwright = new JobwrightClient({ url: api.url });
  // Both servers start in this process; one that was too busy to answer Redis connects anew.
  await until(async () => (await jobwright.service.ready()).status === 'up');
});
afterAll(() => api.close());

const sum = { type: 'calculation', payload: { operation: 'sum', numbers: [1, 2, 3] } };

describe('jobs', () => {
  it('are run: submitted, and answered when they have ended', async () => {
    const job = await jobwright.jobs.run(sum);
    expect(job).toMatchObject({ status: 'completed', result: { sum: 6 } });
  });

  it('are followed to their end', async () => {
    const { jobId } = await jobwright.jobs.submit(sum);
    const kinds: string[] = [];
    for await (const event of jobwright.jobs.events(jobId)) kinds.push(event.kind);
    expect(kinds.at(0)).toBe('job');
    expect(kinds.slice(-2)).toEqual(['job', 'end']);
  });

  it('are submitted in batches', async () => {
    const answers = [];
    for await (const answer of jobwright.jobs.submitMany(Array.from({ length: 700 }, () => sum)))
      answers.push(answer);
    expect(answers.map(({ index }) => index)).toEqual(Array.from({ length: 700 }, (_, index) => index));
  });
});

describe('files', () => {
  it('are uploaded, with what has left so far, and downloaded', async () => {
    const content = new Uint8Array(300_000).fill(65);
    const sent: number[] = [];
    const file = await jobwright.files.upload(content, {
      name: 'a.txt',
      mediaType: 'text/plain',
      onProgress: ({ sentBytes }) => sent.push(sentBytes),
    });
    expect(file).toMatchObject({ name: 'a.txt', size: content.length });
    expect(sent.at(-1)).toBe(content.length);
    const download = await jobwright.files.download(file.id);
    expect(new Uint8Array(await download.arrayBuffer())).toEqual(content);
  });
});

describe('waiting', () => {
  it('ends when its time is over, with the job as it is', async () => {
    const { jobId } = await jobwright.jobs.submit({ ...sum, options: { delayMs: 60_000 } });
    const waited = jobwright.jobs.wait(jobId, { timeoutMs: 50 });
    await expect(waited).rejects.toMatchObject({
      name: 'JobwrightTimeoutError',
      job: { status: 'scheduled' },
    });
  });
});

describe('src/client', () => {
  it('brings nothing along at run time: of other folders and packages it imports types only', async () => {
    const folder = join(import.meta.dirname, '../../src/client');
    for (const file of await readdir(folder)) {
      const source = await readFile(join(folder, file), 'utf8');
      const imports = [...source.matchAll(/^(?:import|export) (?!type)[^;]*? from '([^']+)';/gm)];
      const foreign = imports.map(([, from = '']) => from).filter((from) => !from.startsWith('./'));
      expect(foreign, file).toEqual([]);
    }
  });
});
