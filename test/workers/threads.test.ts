import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.js';
import { loadRegistry } from '../../src/workers/registry.js';
import { type ThreadReport, Threads } from '../../src/workers/threads.js';

let threads: Threads;
let moduleUrl: string;
beforeAll(async () => {
  threads = new Threads(loadConfig({}, {}), 'short', 2);
  moduleUrl = (await loadRegistry([])).get('calculation')?.moduleUrl ?? '';
});
afterAll(() => threads.close());

const numbers = Array.from({ length: 200_000 }, (_, index) => index % 10);

async function sum() {
  const reports: ThreadReport[] = [];
  const outcome = await threads.run({
    moduleUrl,
    jobId: 'calculation_01h455vb4pex5vsknk084sn02q',
    attempt: 1,
    children: [],
    version: 1,
    payload: { operation: 'sum', numbers },
    signal: new AbortController().signal,
    onReport: (report) => reports.push(report),
  });
  expect(outcome).toEqual({ kind: 'completed', result: { sum: 900_000 } });
  return reports;
}

const everything = [
  { begun: true },
  ...[0, 25, 50, 75].map((percent) => ({ progress: { percent, message: 'sum' } })),
  { progress: { percent: 100 } },
];

describe('a thread', () => {
  it('tells how far it is while it computes, to the last word, and then what came of it', async () => {
    expect(await sum()).toEqual(everything);
  });

  it('is heard to its last word by a process that was busy meanwhile', async () => {
    for (let round = 0; round < 20; round++) {
      const both = [sum(), sum()];
      await new Promise(setImmediate);
      // Long enough, most times, for the end to be there before the first report was read.
      for (const startMs = performance.now(); performance.now() - startMs < round; );
      for (const reports of await Promise.all(both)) expect(reports).toEqual(everything);
    }
  });
});
