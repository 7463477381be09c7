/**
 * The results that are kept: of each scenario the figures of its last run, as JSON, and one report of all of them, as
 * Markdown and as a plot. So scenarios may be run one by one; the sides of each were measured in one run.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { type Options, resultsFolder } from '../options.js';
import type { Comparison } from '../scenario.js';
import { capacityOf } from './capacity.js';
import { markdownOf } from './markdown.js';
import { plotOf } from './plot.js';
import { quoteInReadme } from './quote.js';

export interface Result {
  scenario: string;
  /** When it was measured, and on what. */
  at: string;
  machine: string;
  options: Pick<Options, 'type' | 'rounds' | 'seconds' | 'full'>;
  comparisons: Comparison[];
}

export function resultOf(scenario: string, options: Options, comparisons: Comparison[]): Result {
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  return {
    scenario,
    at: new Date().toISOString().slice(0, 16),
    machine: `${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${memory}, Node ${process.versions.node}`,
    options: { type: options.type, rounds: options.rounds, seconds: options.seconds, full: options.full },
    comparisons,
  };
}

/** @param order Names of all scenarios, as the report has them. */
export async function saveResult(folder: string, result: Result, order: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${result.scenario}.json`), `${JSON.stringify(result, null, 1)}\n`);
  const results = await readResults(folder, order);
  await writeFile(join(folder, 'report.md'), reportOf(results));
  await writeFile(join(folder, 'report.svg'), plotOf(results.flatMap(({ comparisons }) => comparisons)));
  if (folder === resultsFolder) await quoteInReadme(results);
}

export async function readResults(folder: string, order: readonly string[]): Promise<Result[]> {
  const kept = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  const results = await Promise.all(
    kept.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as Result),
  );
  return results.sort((a, b) => order.indexOf(a.scenario) - order.indexOf(b.scenario));
}

function reportOf(results: readonly Result[]): string {
  return `# Measured

Written by \`npm run bench\`; what is measured, and how, is in [docs/performance.md](../../docs/performance.md). The ratios are
medians over rounds in which all sides took their turn, with the smallest and the largest in parentheses; CPU is the processor
time of all processes of a side, Redis included, the load generator's apart.

![How far each target is](report.svg)

${capacity(results)}${results.map(sectionOf).join('\n')}`;
}

function capacity(results: readonly Result[]): string {
  const [comparison] = results.find(({ scenario }) => scenario === 'end-to-end')?.comparisons ?? [];
  return comparison === undefined ? '' : `## Capacity\n\n${capacityOf(comparison)}\n`;
}

const sectionOf = ({ scenario, at, machine, options, comparisons }: Result): string => `## ${scenario}

${at} UTC, ${machine}; jobs of type \`${options.type}\`, ${options.rounds} rounds${options.full ? ' (`bench:full`)' : ''}.

${comparisons.map(markdownOf).join('\n')}`;
