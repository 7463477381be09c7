/**
 * Memory of the API server while it accepts very many jobs: what it holds when its garbage has been collected, after a
 * tenth of them and after all, which may not grow; and what is resident, which goes up and down with the garbage.
 */
import { withSides } from '../measure/open-sides.js';
import { residentBytes } from '../measure/processor-time.js';
import type { Comparison, Sample, Scenario } from '../scenario.js';
import { jobwright } from '../sides/jobwright.js';

const parts = 10;
const partMsMax = 600_000;
const [first, last] = ['after a tenth', 'after all'];

export const growth: Scenario = {
  name: 'growth',
  run: (bench) =>
    withSides(bench, [jobwright], { api: true, inspected: true }, async (sides) => {
      const { growthJobs, connections } = bench.options;
      const jobsOfPart = Math.ceil(growthJobs / parts);
      bench.say(`memory of the API server over ${growthJobs} jobs`);
      const resident: Sample[] = [];
      const live: Sample[] = [];
      for (const side of sides.values())
        for (let part = 1; part <= parts; part += 1) {
          const submission = side.submission();
          if (submission === undefined || side.liveHeapBytes === undefined)
            throw new Error('this side takes no requests, or does not tell its heap');
          await bench.load.send({
            ...submission,
            connections,
            durationMs: partMsMax,
            requestsMax: jobsOfPart,
          });
          // Its memory is what is asked for, not that of Redis.
          await side.empty();
          resident.push({ value: (await residentBytes(side.pids.api ?? 0)) / 2 ** 20 });
          bench.say(`  after ${jobsOfPart * part} jobs: ${mebibytes(resident)} resident`);
          // Not each time: less would be resident for it.
          if (part > 1 && part < parts) continue;
          live.push({ value: (await side.liveHeapBytes()) / 2 ** 20 });
          bench.say(`  after ${jobsOfPart * part} jobs: ${mebibytes(live)} live`);
        }
      const jobs = `over ${growthJobs.toLocaleString('en')} jobs`;
      return [
        {
          ...comparison(`What the API server holds ${jobs}, garbage collected`, live),
          targets: [{ side: last, against: first, of: 'value', atMost: 1.1 }],
        },
        {
          ...comparison(`Resident memory of the API server ${jobs}`, resident),
          note: `After each tenth: ${resident.map(({ value }) => value.toFixed(0)).join(', ')} MiB.`,
        },
      ];
    }),
};

const comparison = (title: string, sizes: Sample[]): Comparison => ({
  title,
  unit: 'MiB',
  operation: 'job',
  samples: { [first]: sizes.slice(0, 1), [last]: sizes.slice(-1) },
  targets: [],
});

const mebibytes = (sizes: Sample[]) => `${sizes.at(-1)?.value.toFixed(1)} MiB`;
