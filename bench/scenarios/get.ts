/** `GET` of one job: finished, waiting, and unchanged since the client last asked (304, where a side knows it). */
import { withSides } from '../measure/open-sides.js';
import { inRounds } from '../measure/rounds.js';
import { underLoad } from '../measure/under-load.js';
import { untilFinished } from '../measure/until-finished.js';
import { stopWorker } from '../measure/worker-stopped.js';
import type { Bench, Comparison, Scenario } from '../scenario.js';
import { bareHttp } from '../sides/bare-http.js';
import { jobwright } from '../sides/jobwright.js';
import { naive } from '../sides/naive.js';
import type { OpenSide } from '../sides/side.js';

/** Jobs that are asked for in turn. */
const asked = 50;
const connections = 16;

interface Readable {
  side: OpenSide;
  paths: string[];
  headers: Record<string, string>;
  status: number;
}

export const get: Scenario = {
  name: 'get',
  run: (bench) =>
    withSides(
      bench,
      [jobwright, naive, bareHttp, ...bench.peers],
      { api: true, workers: 10 },
      async (sides) => {
        const finished = await submitAll(sides);
        for (const { side, paths } of finished.values())
          if (side.pids.worker !== undefined) await untilFinished(side, paths.length);
        const comparisons = [await compare(bench, 'GET a finished job', finished)];
        const own = finished.get(jobwright.name);
        if (own !== undefined) {
          const conditional = new Map([
            [jobwright.name, own],
            ['jobwright 304', await asUnchanged(own)],
          ]);
          comparisons.push({
            ...(await compare(bench, 'GET a finished job that the client has (304)', conditional)),
            targets: [{ side: 'jobwright 304', against: jobwright.name, of: 'cpu', atMost: 1 }],
          });
        }
        for (const side of sides.values()) stopWorker(side);
        comparisons.push(await compare(bench, 'GET a waiting job', await submitAll(sides)));
        return comparisons;
      },
    ),
};

async function submitAll(sides: Map<string, OpenSide>): Promise<Map<string, Readable>> {
  const readable = new Map<string, Readable>();
  for (const [name, side] of sides) {
    const paths: string[] = [];
    for (let n = 0; n < asked; n += 1) paths.push(await side.submitOne());
    readable.set(name, { side, paths, headers: {}, status: 200 });
  }
  return readable;
}

/** One of its jobs, asked for with the entity tag that it has. */
async function asUnchanged(own: Readable): Promise<Readable> {
  const [path = ''] = own.paths;
  const tag = (await fetch(`${own.side.origin}${path}`)).headers.get('etag') ?? '';
  return { ...own, paths: [path], headers: { 'if-none-match': tag }, status: 304 };
}

async function compare(bench: Bench, title: string, readable: Map<string, Readable>): Promise<Comparison> {
  bench.say(title);
  return {
    title: `${title}, ${connections} connections`,
    unit: 'requests/s',
    operation: 'request',
    samples: await inRounds(bench, readable, ({ side, ...request }) =>
      underLoad(bench, side, { origin: side.origin, method: 'GET', ...request, connections }),
    ),
    targets: [
      { against: 'naive', of: 'value', atLeast: 4 },
      { against: 'naive', of: 'cpu', atMost: 1 / 4 },
    ],
  };
}
