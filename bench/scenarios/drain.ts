/** A worker that finds its queue full, and empties it. It stands still while the queue is filled, which is not measured. */
import { withSides } from '../measure/open-sides.js';
import { inRounds, withProcessorTime } from '../measure/rounds.js';
import { untilFinished } from '../measure/until-finished.js';
import { workerStopped } from '../measure/worker-stopped.js';
import type { Bench, Sample, Scenario } from '../scenario.js';
import { jobwright } from '../sides/jobwright.js';
import { rawBullmq } from '../sides/naive.js';
import type { OpenSide } from '../sides/side.js';

export const drain: Scenario = {
  name: 'drain',
  async run(bench) {
    const { options, say } = bench;
    const best = await bestOfRaw(bench);
    say(`${options.jobs} waiting jobs until all are completed; raw BullMQ at ${best} at once, its best`);
    return withSides(
      bench,
      [jobwright, rawBullmq],
      ({ name }) => ({ api: true, workers: name === jobwright.name ? options.workers : best }),
      async (sides) => [
        {
          title: `A worker drains ${options.jobs} jobs`,
          unit: 'jobs/s',
          operation: 'job',
          samples: await inRounds(bench, sides, (side) => measure(bench, side)),
          targets: [
            { against: rawBullmq.name, of: 'value', atLeast: 3 },
            { against: rawBullmq.name, of: 'cpu', atMost: 1 / 3 },
          ],
          note: `jobwright runs ${options.workers} jobs at once, raw BullMQ ${best}: the best of ${options.rawWorkers.join(', ')}.`,
        },
      ],
    );
  },
};

/** How many at once BullMQ's own worker does best with, on this machine. */
async function bestOfRaw(bench: Bench): Promise<number> {
  let best = { workers: bench.options.rawWorkers[0] ?? 10, rate: 0 };
  if (bench.options.rawWorkers.length < 2) return best.workers;
  for (const workers of bench.options.rawWorkers) {
    const rate = await withSides(bench, [rawBullmq], { workers }, async (sides) => {
      const side = sides.get(rawBullmq.name);
      if (side === undefined) return 0;
      await measure(bench, side);
      return (await measure(bench, side)).value;
    });
    bench.say(`  raw BullMQ, ${workers} at once: ${rate.toFixed(0)} jobs/s`);
    if (rate > best.rate) best = { workers, rate };
  }
  return best.workers;
}

async function measure({ options: { jobs } }: Bench, side: OpenSide): Promise<Sample> {
  await side.empty();
  await workerStopped(side, () => side.fill(jobs));
  const startMs = performance.now();
  const { cpuUs } = await withProcessorTime(
    side,
    () => untilFinished(side, jobs),
    () => jobs,
  );
  return { value: (1_000 * jobs) / (performance.now() - startMs), cpuUs };
}
