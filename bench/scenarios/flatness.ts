/**
 * Whether it matters how much there is already: the same requests to servers whose Redis holds few jobs (enough for a page),
 * many that wait, and many that are finished. Each has a Redis and an API server of its own; all are there at once.
 */
import { withSides } from '../measure/open-sides.js';
import { inRounds } from '../measure/rounds.js';
import { underLoad, underPosts } from '../measure/under-load.js';
import { untilFinished } from '../measure/until-finished.js';
import { stopWorker } from '../measure/worker-stopped.js';
import type { Bench, Comparison, Scenario } from '../scenario.js';
import { jobwright } from '../sides/jobwright.js';
import type { OpenSide, Side } from '../sides/side.js';

const connections = 16;
const few = '100 already waiting';

export const flatness: Scenario = {
  name: 'flatness',
  run(bench) {
    const depths = bench.options.depths.filter((depth) => depth > 0);
    const contestants = [
      jobwrightWith(few, 100),
      ...depths.flatMap((depth) => [
        jobwrightWith(`${depth.toLocaleString('en')} waiting`, depth),
        jobwrightWith(`${depth.toLocaleString('en')} finished`, depth, bench.options.workers),
      ]),
    ];
    return withSides(bench, contestants, { api: true }, async (sides) => {
      const paths = new Map<string, string>();
      for (const [name, side] of sides) paths.set(name, await side.submitOne());
      const reads = (path: (job: string) => string) => (side: OpenSide, name: string) =>
        underLoad(bench, side, {
          origin: side.origin,
          method: 'GET',
          paths: [path(paths.get(name) ?? '')],
          status: 200,
          connections,
        });
      return [
        await compare(
          bench,
          sides,
          'GET a waiting job',
          reads((job) => job),
        ),
        await compare(
          bench,
          sides,
          'GET a page of the list',
          reads(() => '/api/jobs?limit=20'),
        ),
        await compare(
          bench,
          sides,
          'GET why a job waits',
          reads((job) => `${job}/why`),
        ),
        // Last, as it adds jobs.
        await compare(bench, sides, 'POST one job', (side) => underPosts(bench, side, connections)),
      ];
    });
  },
};

/** The platform with so many jobs: waiting, or finished where workers have been at them. */
const jobwrightWith = (name: string, depth: number, workers?: number): Side => ({
  name,
  async open(options) {
    const side = await jobwright.open({
      ...options,
      folder: `${options.folder}/${name.replace(/\W/g, '-')}`,
      workers,
    });
    await side.fill(depth);
    if (workers === undefined) return side;
    await untilFinished(side, depth);
    // From here on it is like the others: nobody takes away what is posted.
    stopWorker(side);
    return side;
  },
});

async function compare(
  bench: Bench,
  sides: Map<string, OpenSide>,
  what: string,
  measure: (side: OpenSide, name: string) => ReturnType<typeof underLoad>,
): Promise<Comparison> {
  bench.say(what);
  return {
    title: `${what}, by what is there`,
    unit: 'requests/s',
    operation: 'request',
    samples: await inRounds(bench, sides, measure),
    targets: [...sides.keys()]
      .filter((name) => name !== few)
      .map((side) => ({ side, against: few, of: 'value', atLeast: 1 / 1.2 })),
  };
}
