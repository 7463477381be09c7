/**
 * From sending a job until its result is there, one at a time, nothing else going on: with `Prefer: wait`, with bunqueue's
 * `wait`, and by asking naive every ten milliseconds. It is held against what cannot be avoided: the same POST without the
 * wait, plus the time until a job that was sent begins in BullMQ's own worker.
 */

import type { LoadOrder, Until } from '../load/order.js';
import { withSides } from '../measure/open-sides.js';
import { inRounds } from '../measure/rounds.js';
import { latencyOf } from '../measure/statistics.js';
import type { Bench, Sample, Scenario } from '../scenario.js';
import { jobwright } from '../sides/jobwright.js';
import { naive } from '../sides/naive.js';
import { openPickUp, type PickUp } from '../sides/pick-up.js';
import type { OpenSide } from '../sides/side.js';

const waiting = 'jobwright';
const floor = 'POST + pick-up';
/** Jobs of a round, at the most. */
const jobsMax = 300;

/** How one gets at the result of those who do not wait in the request itself. */
const polled: Until = { method: 'GET', path: '/api/jobs/#', done: '"status":"completed"', everyMs: 10 };
const waysToWait: Record<string, Until> = {
  naive: polled,
  bunqueue: {
    method: 'POST',
    path: '/jobs/#/wait',
    body: '{"timeout":10000}',
    done: '"completed":true',
    everyMs: 0,
  },
};

export const wait: Scenario = {
  name: 'wait',
  run: (bench) =>
    withSides(bench, [jobwright, naive, ...bench.peers], { api: true, workers: 10 }, async (sides) => {
      bench.say('POST of one job until its result is there');
      const pickUp = await openPickUp(bench.folder);
      try {
        const ways = new Map<string, () => Promise<Sample>>();
        for (const [name, side] of sides)
          ways.set(name, () =>
            measure(bench, side, name === waiting ? inTheRequest : { until: waysToWait[name] }),
          );
        const own = sides.get(jobwright.name);
        if (own !== undefined) ways.set(floor, () => floorOf(bench, own, pickUp));
        return [
          {
            title: 'POST of one job until its result is there, median',
            unit: 'ms',
            operation: 'job',
            samples: await inRounds(bench, ways, (run) => run()),
            targets: [
              { side: waiting, against: floor, of: 'value', atMost: 1.3 },
              { side: waiting, against: 'bunqueue', of: 'value', atMost: 1 },
            ],
            note: `One connection, up to ${jobsMax} jobs a round. "${floor}" is the median of the same POST without waiting, plus the median time from sending a job to raw BullMQ until its worker has begun it.`,
          },
        ];
      } finally {
        await pickUp.close();
      }
    }),
};

const inTheRequest = { headers: { prefer: 'wait=10' }, status: 200 };

async function measure(
  { load, options }: Bench,
  side: OpenSide,
  how: Partial<Pick<LoadOrder, 'headers' | 'status' | 'until'>>,
): Promise<Sample> {
  const submission = side.submission();
  if (submission === undefined) throw new Error('this side takes no requests');
  const { latencyMs } = await load.send({
    ...submission,
    ...how,
    connections: 1,
    durationMs: options.seconds * 1_000,
    requestsMax: jobsMax,
  });
  return { value: latencyMs.p50, latencyMs };
}

async function floorOf(bench: Bench, side: OpenSide, pickUp: PickUp): Promise<Sample> {
  const posted = await measure(bench, side, { until: { ...polled, untimed: true } });
  const begun = latencyOf(await pickUp.timesMs(Math.min(jobsMax, Math.ceil(100 * bench.options.seconds))));
  return { value: posted.value + begun.p50 };
}
