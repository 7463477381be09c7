/**
 * `npm run bench`: runs the scenarios that are named, or all, one after the other, and prints what each has shown. All of them
 * together are the report, which is kept in `bench/results/`; of single ones it is kept with `--save`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv } from 'node:process';
import { startLoad } from './load/load.js';
import { type Options, readOptions } from './options.js';
import { killAll } from './processes.js';
import { markdownOf } from './report/markdown.js';
import { profileTables } from './report/profile.js';
import { resultOf, saveResult } from './report/results.js';
import type { Comparison, Scenario } from './scenario.js';
import { scenarios } from './scenarios/index.js';
import { bunqueue, bunqueueIsInstalled } from './sides/bunqueue.js';

const names = scenarios.map(({ name }) => name);
/** Of the scenario that is under way. */
let folder: string | undefined;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, async () => {
    killAll();
    await removeFolder();
    process.exit(1);
  });

try {
  const options = readOptions(argv.slice(2));
  const chosen = choose(options);
  if (!bunqueueIsInstalled()) console.log('Without bunqueue: bench/peers/install installs it.');
  for (const scenario of chosen) {
    const comparisons = await run(scenario, options);
    for (const comparison of comparisons) console.log(`\n${markdownOf(comparison)}`);
    if (options.save !== undefined)
      await saveResult(options.save, resultOf(scenario.name, options, comparisons), names);
  }
  if (options.profile !== undefined)
    for (const table of await profileTables(options.profile)) console.log(`\n${table}`);
  // Private Redis servers have ended; what keeps an event loop awake after that is no concern of ours.
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

function choose({ scenarios: asked, full }: Options): Scenario[] {
  const unknown = asked.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`expected some of ${names.join(', ')}, got ${unknown.join(', ')}`);
  if (asked.length > 0) return scenarios.filter(({ name }) => asked.includes(name));
  return scenarios.filter(({ long }) => full || !long);
}

async function run(scenario: Scenario, options: Options): Promise<Comparison[]> {
  folder = await mkdtemp(join(tmpdir(), 'jobwright-bench-'));
  try {
    const load = await startLoad(folder);
    const peers = bunqueueIsInstalled() ? [bunqueue] : [];
    try {
      return await scenario.run({ options, folder, load, peers, say: console.log });
    } finally {
      await load.stop();
    }
  } finally {
    await removeFolder();
  }
}

async function removeFolder(): Promise<void> {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
