/**
 * Scenarios of `npm run bench`, with as little as they can be run with: real processes of all sides, and a report. Those that
 * start many servers more for the same parts are left to the run itself.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { startLoad } from '../../bench/load/load.js';
import { readOptions } from '../../bench/options.js';
import { markdownOf } from '../../bench/report/markdown.js';
import { plotOf } from '../../bench/report/plot.js';
import type { Comparison } from '../../bench/scenario.js';
import { scenarios } from '../../bench/scenarios/index.js';
import { root } from '../support/markdown.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const little =
  '--type sum --rounds 1 --warm-ups 0 --seconds 0.05 --jobs 40 --batch 20 --raw-workers 5 --connections 4';

/** What each compares, beside peers, which are installed on some machines only. Empty: not run here. */
const sides: Record<string, string[]> = {
  post: ['jobwright', 'naive', 'bare HTTP'],
  get: ['jobwright', 'naive', 'bare HTTP', 'jobwright 304'],
  'end-to-end': ['jobwright', 'naive', 'jobwright, batches'],
  drain: ['jobwright', 'raw BullMQ'],
  wait: ['jobwright', 'naive', 'POST + pick-up'],
  flatness: [],
  memory: [],
  image: [],
  start: ['jobwright', 'naive', 'bare Express'],
  growth: [],
  listeners: [],
  soak: [],
};

async function run(name: string): Promise<Comparison[]> {
  const folder = await temporaryFolder();
  const load = await startLoad(folder);
  try {
    const scenario = scenarios.find((one) => one.name === name);
    const options = readOptions([name, ...little.split(' ')]);
    return (await scenario?.run({ options, folder, load, peers: [], say: () => {} })) ?? [];
  } finally {
    await load.stop();
  }
}

describe('npm run bench', () => {
  beforeAll(async () => {
    await promisify(execFile)(process.execPath, ['scripts/build.mjs'], { cwd: root });
  }, 120_000);

  it('has these scenarios', () => {
    expect(scenarios.map(({ name }) => name)).toEqual(Object.keys(sides));
  });

  it.concurrent.each(Object.entries(sides).filter(([, expected]) => expected.length > 0))(
    '%s measures all its sides, and says how they compare',
    async (name, expected) => {
      const comparisons = await run(name);
      const measured = new Set(comparisons.flatMap(({ samples }) => Object.keys(samples)));
      expect([...measured].sort()).toEqual([...expected].sort());
      for (const comparison of comparisons) {
        for (const { value, cpuUs = {} } of Object.values(comparison.samples).flat()) {
          expect(value).toBeGreaterThan(0);
          for (const us of Object.values(cpuUs)) expect(us).toBeGreaterThanOrEqual(0);
        }
        const text = markdownOf(comparison);
        for (const side of Object.keys(comparison.samples)) expect(text).toContain(`| ${side} |`);
        const known = comparison.targets.filter(({ against }) => against in comparison.samples);
        expect(text.match(/^- (met|\*\*missed\*\*):/gm) ?? []).toHaveLength(known.length);
      }
      expect(plotOf(comparisons)).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
    },
    60_000,
  );
});

describe('the flags of npm run bench', () => {
  it('say which of them is wrong', () => {
    expect(() => readOptions(['--rounds', 'many'])).toThrow(/--rounds: expected a number from 1, got "many"/);
  });

  it('keep the report of a whole run, and of single scenarios only when asked to', () => {
    expect(readOptions([]).save).toBe(join('bench', 'results'));
    expect(readOptions(['post']).save).toBeUndefined();
    expect(readOptions(['post', '--save']).save).toBe('bench/results');
  });
});
