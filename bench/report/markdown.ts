/** A comparison as a table in Markdown, with its targets below. */
import { spreadOf } from '../measure/statistics.js';
import type { Comparison, Sample } from '../scenario.js';
import { figure, ratioOf, times, totalCpuUs, valuesOf, verdictOn } from './figures.js';

export function markdownOf(comparison: Comparison): string {
  const { title, unit, operation, samples, targets, note } = comparison;
  const reference = ['naive', 'raw BullMQ', ...Object.keys(samples)].find((name) => name in samples) ?? '';
  const rows = Object.entries(samples).map(([name, all]) => row(comparison, name, all, reference));
  return [
    `### ${title}`,
    '',
    `| side | ${unit}, median (min to max) | against ${reference} | CPU, µs a ${operation} | of which | latency, ms: p50, p99 | load, µs |`,
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    ...targets.map((target) => {
      const { text, met } = verdictOn(comparison, target);
      return `- ${met === undefined ? 'unknown' : met ? 'met' : '**missed**'}: ${text}`;
    }),
    ...(note === undefined ? [] : ['', note]),
    '',
  ].join('\n');
}

function row(comparison: Comparison, name: string, all: readonly Sample[], reference: string): string {
  const { median, min, max } = valuesOf(all);
  const ratio = ratioOf(comparison, name, reference, 'value');
  const cpu = all[0]?.cpuUs === undefined ? '' : figure(spreadOf(all.map(totalCpuUs)).median);
  const parts = Object.keys(all[0]?.cpuUs ?? {})
    .map((role) => `${role} ${figure(medianOf(all, ({ cpuUs = {} }) => cpuUs[role]))}`)
    .join(', ');
  const latency =
    all[0]?.latencyMs === undefined
      ? ''
      : `${figure(medianOf(all, ({ latencyMs }) => latencyMs?.p50))}, ${figure(medianOf(all, ({ latencyMs }) => latencyMs?.p99))}`;
  const load = all[0]?.loadUs === undefined ? '' : figure(medianOf(all, ({ loadUs }) => loadUs));
  const cells = [
    name,
    `${figure(median)} (${figure(min)} to ${figure(max)})`,
    ratio === undefined || name === reference ? '' : times(ratio.median),
    cpu,
    parts,
    latency,
    load,
  ];
  return `| ${cells.join(' | ')} |`;
}

const medianOf = (all: readonly Sample[], pick: (sample: Sample) => number | undefined): number =>
  spreadOf(all.map((sample) => pick(sample) ?? 0)).median;
