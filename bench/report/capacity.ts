/**
 * What the processor time of a job means: jobs a day for each core, and the cores that a million jobs a day need, and a thousand
 * times as many. From the end-to-end scenario, whose jobs do next to nothing; what a processor computes comes on top.
 */
import { spreadOf } from '../measure/statistics.js';
import type { Comparison } from '../scenario.js';
import { figure } from './figures.js';

const secondsOfDay = 86_400;
const million = 1e6;
/** The busiest hour of a day has this many times the average. */
const peak = 3;

export function capacityOf({ samples }: Comparison): string {
  const ways = ['jobwright', 'jobwright, batches'].filter((name) => name in samples);
  const rows = ways.flatMap((name) => {
    const all = samples[name] ?? [];
    return Object.keys(all[0]?.cpuUs ?? {}).map((role) => {
      const us = spreadOf(all.map(({ cpuUs = {} }) => cpuUs[role] ?? 0)).median;
      const perDay = (secondsOfDay * 1e6) / us;
      const cores = (jobs: number) => figure((peak * jobs) / perDay);
      const millions = `${figure(perDay / million)} million`;
      return `| ${name === ways[0] ? 'singly' : 'in batches'} | ${role} | ${figure(us)} | ${millions} | ${cores(million)} | ${cores(1_000 * million)} |`;
    });
  });
  return [
    `| jobs sent | process | CPU, µs a job | jobs a day and core | cores for a million a day, at ${peak} × the average | a thousand times that |`,
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
