/** Memory of the API server while it accepts very many jobs: after the first tenth of them, and after all. */

import { withSides } from '../measure/open-sides.js';
import { residentBytes } from '../measure/processor-time.js';
import type { Sample, Scenario } from '../scenario.js';
import { jobwright } from '../sides/jobwright.js';

const parts = 10;
const partMsMax = 600_000;

export const growth: Scenario = {
  name: 'growth',
  run: (bench) =>
    withSides(bench, [jobwright], { api: true }, async (sides) => {
      const { growthJobs, connections } = bench.options;
      bench.say(`memory of the API server over ${growthJobs} jobs`);
      const sizes: Sample[] = [];
      for (const side of sides.values())
        for (let part = 0; part < parts; part += 1) {
          const submission = side.submission();
          if (submission === undefined) throw new Error('this side takes no requests');
          await bench.load.send({
            ...submission,
            connections,
            durationMs: partMsMax,
            requestsMax: Math.ceil(growthJobs / parts),
          });
          // Its memory is what is asked for, not that of Redis.
          await side.empty();
          sizes.push({ value: (await residentBytes(side.pids.api ?? 0)) / 2 ** 20 });
          bench.say(
            `  after ${Math.ceil((growthJobs / parts) * (part + 1))} jobs: ${sizes.at(-1)?.value.toFixed(0)} MiB`,
          );
        }
      const [first, later] = ['after a tenth', 'after all'];
      return [
        {
          title: `Memory of the API server over ${growthJobs.toLocaleString('en')} jobs`,
          unit: 'MiB',
          operation: 'job',
          samples: { [first]: sizes.slice(0, 1), [later]: sizes.slice(-1) },
          targets: [{ side: later, against: first, of: 'value', atMost: 1.1 }],
          note: `After each tenth: ${sizes.map(({ value }) => value.toFixed(0)).join(', ')} MiB.`,
        },
      ];
    }),
};
