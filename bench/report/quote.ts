/** The few figures that the README quotes, put there by the run that measured them, so that nobody copies them by hand. */
import { readFile, writeFile } from 'node:fs/promises';
import { figure, ratioOf, times, valuesOf } from './figures.js';
import type { Result } from './results.js';

const readme = 'README.md';
const [begin, end] = ['<!-- measured -->', '<!-- /measured -->'];
const quoted = ['post', 'get', 'end-to-end', 'drain'];
const others = ['naive', 'raw BullMQ', 'bunqueue'];

export async function quoteInReadme(results: readonly Result[]): Promise<void> {
  const text = await readFile(readme, 'utf8');
  const [before, rest = ''] = text.split(begin);
  const [, after] = rest.split(end);
  if (after === undefined)
    throw new Error(`${readme}: expected ${begin} and ${end} around what was measured`);
  await writeFile(readme, `${before}${begin}\n${quoteOf(results)}\n${end}${after}`);
}

export function quoteOf(results: readonly Result[]): string {
  const chosen = results.filter(({ scenario }) => quoted.includes(scenario));
  const rows = chosen.flatMap(({ comparisons }) =>
    comparisons.flatMap((comparison) => {
      const own = comparison.samples.jobwright;
      const ratios = others.map((other) => ratioOf(comparison, 'jobwright', other, 'value'));
      if (own === undefined || ratios.every((ratio) => ratio === undefined)) return [];
      const against = ratios.map((ratio) => (ratio === undefined ? '' : times(ratio.median)));
      return [
        `| ${comparison.title} | ${figure(valuesOf(own).median)} ${comparison.unit} | ${against.join(' | ')} |`,
      ];
    }),
  );
  const [{ at, machine } = { at: '', machine: '' }] = chosen;
  return [
    `${at.slice(0, 10)}, ${machine}:`,
    '',
    `| | Jobwright | ${others.map((other) => `against ${other}`).join(' | ')} |`,
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
