/** `npm run bench`: runs the scenarios that are named, or all, and prints what each has shown. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv } from 'node:process';
import { startLoad } from './load/load.js';
import { readOptions } from './options.js';
import { markdownOf } from './report/markdown.js';
import { resultOf, saveResult } from './report/results.js';
import type { Bench } from './scenario.js';
import { scenarios } from './scenarios/index.js';
import { bunqueue, bunqueueIsInstalled } from './sides/bunqueue.js';

const options = readOptions(argv.slice(2));
const unknown = options.scenarios.filter((name) => !scenarios.some((scenario) => scenario.name === name));
if (unknown.length > 0)
  throw new Error(
    `no scenario ${unknown.join(', ')}: there are ${scenarios.map(({ name }) => name).join(', ')}`,
  );
const chosen = scenarios.filter(
  ({ name }) => options.scenarios.length === 0 || options.scenarios.includes(name),
);

const peers = bunqueueIsInstalled() ? [bunqueue] : [];
if (peers.length === 0) console.log('bunqueue is not compared with: bench/peers/install was not run.');

for (const scenario of chosen) {
  const folder = await mkdtemp(join(tmpdir(), 'jobwright-bench-'));
  const load = await startLoad(folder);
  const bench: Bench = { options, folder, load, peers, say: console.log };
  try {
    const comparisons = await scenario.run(bench);
    for (const comparison of comparisons) console.log(`\n${markdownOf(comparison)}`);
    if (options.save !== undefined)
      await saveResult(
        options.save,
        resultOf(scenario.name, options, comparisons),
        scenarios.map(({ name }) => name),
      );
  } finally {
    await load.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
process.exit(0);
