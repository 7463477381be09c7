/** What a job takes in Redis while it waits, and when it is finished, against the same payload in BullMQ alone. */
import { withSides } from '../measure/open-sides.js';
import { inOneRound, inRounds } from '../measure/rounds.js';
import { untilFinished } from '../measure/until-finished.js';
import { workerStopped } from '../measure/worker-stopped.js';
import type { Bench, Comparison, Scenario } from '../scenario.js';
import { jobwright } from '../sides/jobwright.js';
import { rawBullmq } from '../sides/naive.js';

export const memory: Scenario = {
  name: 'memory',
  run: (bench) =>
    withSides(bench, [jobwright, rawBullmq], { api: true, workers: bench.options.workers }, async (sides) => {
      const { jobs } = bench.options;
      bench.say(`memory of Redis for ${jobs} jobs`);
      const before = new Map<string, number>();
      const waiting = await inRounds(inOneRound(bench), sides, async (side, name) => {
        await side.empty();
        before.set(name, await side.storedBytes());
        const after = await workerStopped(side, async () => {
          await side.fill(jobs);
          return side.storedBytes();
        });
        return { value: (after - (before.get(name) ?? 0)) / jobs };
      });
      const finished = await inRounds(inOneRound(bench), sides, async (side, name) => {
        await untilFinished(side, jobs);
        return { value: ((await side.storedBytes()) - (before.get(name) ?? 0)) / jobs };
      });
      return [comparisonOf(bench, 'waiting', waiting), comparisonOf(bench, 'finished', finished)];
    }),
};

const comparisonOf = (
  { options: { jobs } }: Bench,
  state: string,
  samples: Comparison['samples'],
): Comparison => ({
  title: `Memory of Redis for a ${state} job`,
  unit: 'bytes a job',
  operation: 'job',
  samples,
  targets: [{ against: rawBullmq.name, of: 'value', atMost: 1.15 }],
  note: `${jobs} jobs; the streams of events of both, which are cut at some length, are in it.`,
});
