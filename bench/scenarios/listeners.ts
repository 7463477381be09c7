/** POST beside many clients that only hold on: streams of events of jobs, and requests that wait for the end of one. */
import { fileURLToPath } from 'node:url';
import type { CrowdOrder } from '../load/crowd.js';
import { withSides } from '../measure/open-sides.js';
import { inRounds } from '../measure/rounds.js';
import { underPosts } from '../measure/under-load.js';
import { answerOf, startChild } from '../processes.js';
import type { Bench, Scenario } from '../scenario.js';
import { jobwright } from '../sides/jobwright.js';
import type { OpenSide, Side } from '../sides/side.js';

const connections = 16;
const crowdFile = fileURLToPath(new URL('../load/crowd.ts', import.meta.url));

export const listeners: Scenario = {
  name: 'listeners',
  run(bench) {
    const { listeners: each } = bench.options;
    const crowded = `beside ${each} streams and ${each} waiting`;
    const sides = [jobwright.name, crowded].map(named);
    return withSides(
      bench,
      sides,
      { api: true, settings: { WAIT_MS_MAX: '3600000', STREAMS_MAX: '100000', WAITS_MAX: '100000' } },
      async (open) => {
        const side = open.get(crowded);
        if (side === undefined) return [];
        bench.say(`POST, ${connections} connections, ${crowded}`);
        const leave = await crowdAround(bench, side, each);
        try {
          return [
            {
              title: `POST one job, ${connections} connections, in a crowd`,
              unit: 'requests/s',
              operation: 'request',
              samples: await inRounds(bench, open, (one) => underPosts(bench, one, connections)),
              targets: [{ side: crowded, against: jobwright.name, of: 'value', atLeast: 0.9 }],
            },
          ];
        } finally {
          await leave();
        }
      },
    );
  },
};

const named = (name: string): Side => ({
  name,
  open: (options) => jobwright.open({ ...options, folder: `${options.folder}/${name.replace(/\W/g, '-')}` }),
});

/** On each of so many jobs one stream and one that waits. No job ends, so all of them stay. */
async function crowdAround({ folder }: Bench, side: OpenSide, each: number): Promise<() => Promise<void>> {
  const crowd = await startChild({ name: 'crowd', folder, args: ['--import', 'tsx', crowdFile] });
  const paths: string[] = [];
  for (let n = 0; n < each; n += 1) paths.push(await side.submitOne());
  const order: CrowdOrder = {
    origin: side.origin,
    streams: paths.map((path) => `${path}/events`),
    waits: paths,
  };
  const answer = await answerOf<{ holding: number; failure?: string }>(crowd, order);
  if (answer.failure !== undefined) {
    await crowd.stop();
    throw new Error(`the crowd did not come together: ${answer.failure}`);
  }
  return () => crowd.stop();
}
