/** Sides in turn, round after round, so that whatever else the machine does meets all of them alike. */
import type { Bench, Sample } from '../scenario.js';
import type { OpenSide } from '../sides/side.js';
import { processorTimesUs } from './processor-time.js';

export async function inRounds<Side>(
  { options: { rounds, warmUps }, say }: Bench,
  sides: ReadonlyMap<string, Side>,
  measure: (side: Side, name: string) => Promise<Sample>,
): Promise<Record<string, Sample[]>> {
  const names = [...sides.keys()];
  const samples: Record<string, Sample[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -warmUps; round < rounds; round += 1) {
    // Whoever was last is first in the next one.
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      const side = sides.get(name) as Side;
      const sample = await measure(side, name);
      if (round >= 0) samples[name]?.push(sample);
    }
    if (round >= 0) say(lineOf(round, names, samples));
  }
  return samples;
}

/** Once each, nothing warmed up: for what does not depend on chance. */
export const inOneRound = (bench: Bench): Bench => ({
  ...bench,
  options: { ...bench.options, rounds: 1, warmUps: 0 },
});

/** Processor time that the processes of a side spent on some work, in microseconds for each of its operations. */
export async function withProcessorTime<Result>(
  { pids }: Pick<OpenSide, 'pids'>,
  work: () => Promise<Result>,
  operations: (result: Result) => number,
): Promise<{ result: Result; cpuUs: Record<string, number> }> {
  const before = await processorTimesUs(pids);
  const result = await work();
  const after = await processorTimesUs(pids);
  const count = operations(result);
  const spent = Object.entries(after).map(([role, us]) => [role, (us - (before[role] ?? 0)) / count]);
  return { result, cpuUs: Object.fromEntries(spent) };
}

const lineOf = (round: number, names: readonly string[], samples: Record<string, Sample[]>): string =>
  `  round ${round + 1}: ${names.map((name) => `${name} ${samples[name]?.at(-1)?.value.toFixed(1)}`).join(', ')}`;
