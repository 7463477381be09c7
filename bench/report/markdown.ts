/** A comparison as a table in Markdown, with its targets below. A column that nobody has anything for is left out. */
import { spreadOf } from '../measure/statistics.js';
import type { Comparison, Sample } from '../scenario.js';
import { figure, ratioOf, times, totalCpuUs, valuesOf, verdictOn } from './figures.js';

export function markdownOf(comparison: Comparison): string {
  const { title, unit, operation, samples, targets, note } = comparison;
  const reference = referenceOf(comparison);
  const head = [
    'side',
    `${unit}, median (min to max)`,
    `against ${reference}`,
    `CPU, µs a ${operation}`,
    'of which',
    'latency, ms: p50, p99',
    'load generator, µs',
  ];
  const rows = Object.entries(samples).map(([name, all]) => cellsOf(comparison, name, all, reference));
  const used = head.map((_, column) => rows.some((row) => row[column] !== ''));
  const line = (cells: readonly string[]) => `| ${cells.filter((_, column) => used[column]).join(' | ')} |`;
  return [
    `### ${title}`,
    '',
    line(head),
    line(head.map(() => '---')),
    ...rows.map(line),
    '',
    ...targets.map((target) => {
      const { text, met } = verdictOn(comparison, target);
      return `- ${met === undefined ? 'unknown' : met ? 'met' : '**missed**'}: ${text}`;
    }),
    ...(note === undefined ? [] : ['', note]),
    '',
  ].join('\n');
}

/** What the first target names, or the first side. */
function referenceOf({ samples, targets }: Comparison): string {
  const named = targets.map(({ against }) => against).find((name) => name in samples);
  return named ?? Object.keys(samples)[0] ?? '';
}

function cellsOf(comparison: Comparison, name: string, all: readonly Sample[], reference: string): string[] {
  const { median, min, max } = valuesOf(all);
  const ratio = name === reference ? undefined : ratioOf(comparison, name, reference, 'value');
  const [{ cpuUs, latencyMs, loadUs } = { cpuUs: undefined, latencyMs: undefined, loadUs: undefined }] = all;
  const parts = Object.keys(cpuUs ?? {}).map(
    (role) => `${role} ${medianOf(all, (sample) => sample.cpuUs?.[role])}`,
  );
  return [
    name,
    all.length === 1 ? figure(median) : `${figure(median)} (${figure(min)} to ${figure(max)})`,
    ratio === undefined ? '' : times(ratio.median),
    cpuUs === undefined ? '' : medianOf(all, totalCpuUs),
    parts.length < 2 ? '' : parts.join(', '),
    latencyMs === undefined
      ? ''
      : `${medianOf(all, (sample) => sample.latencyMs?.p50)}, ${medianOf(all, (sample) => sample.latencyMs?.p99)}`,
    loadUs === undefined ? '' : medianOf(all, (sample) => sample.loadUs),
  ];
}

const medianOf = (all: readonly Sample[], pick: (sample: Sample) => number | undefined): string =>
  figure(spreadOf(all.map((sample) => pick(sample) ?? 0)).median);
