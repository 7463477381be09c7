/** Jobs sent over HTTP until all are completed: sent singly, and in batches, against naive, which knows only the former. */
import { withSides } from '../measure/open-sides.js';
import { inRounds, withProcessorTime } from '../measure/rounds.js';
import { untilFinished } from '../measure/until-finished.js';
import type { Bench, Sample, Scenario } from '../scenario.js';
import { jobwright } from '../sides/jobwright.js';
import { naive } from '../sides/naive.js';
import type { OpenSide } from '../sides/side.js';

/** For one round, in which all must be sent. */
const sendMsMax = 120_000;
/** Connections that send batches. */
const batchConnections = 4;

export const endToEnd: Scenario = {
  name: 'end-to-end',
  run: (bench) => {
    const { options, peers, say } = bench;
    const workersOf = (name: string) => (name === jobwright.name ? options.workers : 10);
    return withSides(
      bench,
      [jobwright, naive, ...peers],
      ({ name }) => ({ api: true, workers: workersOf(name) }),
      async (sides) => {
        const ways = new Map([...sides].map(([name, side]) => [name, { side, batch: undefined }])) as Map<
          string,
          Way
        >;
        const own = sides.get(jobwright.name);
        if (own !== undefined) ways.set(inBatches, { side: own, batch: options.batch });
        say(`${options.jobs} jobs, from the first request until all are completed`);
        return [
          {
            title: `${options.jobs} jobs over HTTP until all are completed`,
            unit: 'jobs/s',
            operation: 'job',
            samples: await inRounds(bench, ways, (way) => measure(bench, way)),
            targets: [
              { against: 'naive', of: 'value', atLeast: 4.5 },
              { against: 'naive', of: 'cpu', atMost: 1 / 5 },
              { against: 'bunqueue', of: 'value', atLeast: 4 },
              { side: inBatches, against: 'naive', of: 'value', atLeast: 8 },
            ],
            note: `${options.connections} connections; jobwright runs ${options.workers} jobs at once, naive 10; batches of ${options.batch} on ${batchConnections} connections.`,
          },
        ];
      },
    );
  },
};

const inBatches = 'jobwright, batches';

interface Way {
  side: OpenSide;
  /** Jobs of one request. */
  batch: number | undefined;
}

async function measure(
  { load, options: { jobs, connections } }: Bench,
  { side, batch }: Way,
): Promise<Sample> {
  await side.empty();
  const submission = side.submission(batch);
  if (submission === undefined) throw new Error('this side takes no such requests');
  const requests = Math.ceil(jobs / (batch ?? 1));
  const expected = requests * (batch ?? 1);
  const startMs = performance.now();
  const { result, cpuUs } = await withProcessorTime(
    side,
    async () => {
      const sent = await load.send({
        ...submission,
        connections: batch === undefined ? connections : batchConnections,
        durationMs: sendMsMax,
        requestsMax: requests,
      });
      await untilFinished(side, expected);
      return sent;
    },
    () => expected,
  );
  return {
    value: (1_000 * expected) / (performance.now() - startMs),
    cpuUs,
    latencyMs: result.latencyMs,
    loadUs: (result.ownUs * result.requests) / expected,
  };
}
