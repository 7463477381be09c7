/** Medians, spreads and ratios of a comparison: what both the table and the plot show. */
import { type Spread, spreadOf } from '../measure/statistics.js';
import type { Comparison, Sample, Target } from '../scenario.js';

export const totalCpuUs = ({ cpuUs = {} }: Sample): number =>
  Object.values(cpuUs).reduce((total, us) => total + us, 0);

export const valuesOf = (samples: readonly Sample[]): Spread => spreadOf(samples.map(({ value }) => value));

/** One side against another, round by round; undefined where one of them was not measured. */
export function ratioOf(
  { samples }: Comparison,
  side: string,
  against: string,
  of: Target['of'],
): Spread | undefined {
  const figure = of === 'value' ? (sample: Sample) => sample.value : totalCpuUs;
  const others = samples[against];
  const own = samples[side];
  if (others === undefined || own === undefined) return undefined;
  const ratios = own.map((sample, round) => figure(sample) / figure(others[round] ?? sample));
  return ratios.every(Number.isFinite) && ratios.length > 0 ? spreadOf(ratios) : undefined;
}

export interface Verdict {
  text: string;
  /** Undefined where the other side was not there. */
  met: boolean | undefined;
}

export function verdictOn(comparison: Comparison, target: Target): Verdict {
  const { side = 'jobwright', against, of, atLeast, atMost } = target;
  const what = of === 'cpu' ? 'processor time' : comparison.unit;
  const bound = atLeast === undefined ? `at most ${times(atMost ?? 0)}` : `at least ${times(atLeast)}`;
  const ratio = ratioOf(comparison, side, against, of);
  const wanted = `${side}, ${what}: ${bound} of ${against}`;
  if (ratio === undefined) return { text: `${wanted}: not measured`, met: undefined };
  const met = atLeast === undefined ? ratio.median <= (atMost ?? 0) : ratio.median >= atLeast;
  return { text: `${wanted}: ${times(ratio.median)} (${times(ratio.min)} to ${times(ratio.max)})`, met };
}

/** `3.2 ×`; a part of one with one digit more. */
export const times = (ratio: number): string => `${ratio.toFixed(ratio < 1 ? 3 : 2)} ×`;

/** Four digits at the most, as measurements have. */
export const figure = (value: number): string =>
  value >= 1_000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
