/** `POST` of one job, on 1, 16 and 64 connections; no worker takes anything away. */
import { withSides } from '../measure/open-sides.js';
import { inRounds } from '../measure/rounds.js';
import { underPosts } from '../measure/under-load.js';
import type { Bench, Comparison, Scenario, Target } from '../scenario.js';
import { bareHttp } from '../sides/bare-http.js';
import { jobwright } from '../sides/jobwright.js';
import { naive } from '../sides/naive.js';
import type { OpenSide } from '../sides/side.js';

export const post: Scenario = {
  name: 'post',
  run: (bench) =>
    withSides(bench, [jobwright, naive, bareHttp, ...bench.peers], { api: true }, async (sides) => {
      const comparisons: Comparison[] = [];
      for (const connections of [1, 16, 64]) {
        bench.say(`POST one job, ${connections} connections`);
        comparisons.push({
          title: `POST one job, ${connections === 1 ? '1 connection' : `${connections} connections`}`,
          unit: 'requests/s',
          operation: 'request',
          samples: await inRounds(bench, sides, (side) => measure(bench, side, connections)),
          targets: targetsAt(connections),
        });
      }
      return comparisons;
    }),
};

const targetsAt = (connections: number): Target[] =>
  connections === 1
    ? [{ against: 'naive', of: 'value', atLeast: 3 }]
    : [
        { against: 'naive', of: 'value', atLeast: 6 },
        { against: 'naive', of: 'cpu', atMost: 1 / 6 },
        { against: 'bunqueue', of: 'value', atLeast: 2 },
      ];

async function measure(bench: Bench, side: OpenSide, connections: number) {
  await side.empty();
  return underPosts(bench, side, connections);
}
