/**
 * A rate that is held for minutes, jobs being done as they come: latency, memory, how late the event loop is, and errors, line
 * by line. Requests are sent when they are due, whatever became of those before, and their latency counts from then.
 */

import { withSides } from '../measure/open-sides.js';
import { residentBytes } from '../measure/processor-time.js';
import type { Bench, Sample, Scenario } from '../scenario.js';
import { jobwright } from '../sides/jobwright.js';
import type { OpenSide } from '../sides/side.js';

const sliceMs = 10_000;

export const soak: Scenario = {
  name: 'soak',
  long: true,
  run: (bench) =>
    withSides(bench, [jobwright], { api: true, workers: bench.options.workers }, async (sides) => {
      const { minutes, rate } = bench.options;
      const endMs = performance.now() + minutes * 60_000;
      const samples: Sample[] = [];
      let errors = 0;
      let sent = 0;
      bench.say(`${rate} jobs a second for ${minutes} minutes`);
      bench.say(
        '  minute  requests/s    p50    p90    p99    max ms   API MiB   worker MiB   loop p99 ms   waiting   errors',
      );
      for (const side of sides.values())
        while (performance.now() < endMs) {
          const slice = await hold(bench, side, Math.min(sliceMs, endMs - performance.now()));
          errors += slice.errors;
          sent += slice.sample === undefined ? 0 : slice.requests;
          if (slice.sample !== undefined) samples.push(slice.sample);
          bench.say(
            await lineOf(side, slice, {
              sent,
              errors,
              minute: minutes - (endMs - performance.now()) / 60_000,
            }),
          );
        }
      return [
        {
          title: `${rate} jobs a second for ${minutes} minutes`,
          unit: 'requests/s',
          operation: 'request',
          samples: { jobwright: samples },
          targets: [],
          note: `${sent} jobs, ${errors} errors.`,
        },
      ];
    }),
};

interface Slice {
  requests: number;
  errors: number;
  sample?: Sample;
}

async function hold({ load, options }: Bench, side: OpenSide, durationMs: number): Promise<Slice> {
  const submission = side.submission();
  if (submission === undefined) throw new Error('this side takes no requests');
  try {
    const result = await load.send({
      ...submission,
      connections: options.connections,
      ratePerS: options.rate,
      durationMs,
      requestsMax: Math.ceil((options.rate * durationMs) / 1_000),
    });
    const { requests, elapsedMs, latencyMs, ownUs } = result;
    return {
      requests,
      errors: 0,
      sample: { value: (1_000 * requests) / elapsedMs, latencyMs, loadUs: ownUs },
    };
  } catch (error) {
    console.log(`  ${error instanceof Error ? error.message : error}`);
    return { requests: 0, errors: 1 };
  }
}

interface SoFar {
  sent: number;
  errors: number;
  minute: number;
}

async function lineOf(side: OpenSide, { sample }: Slice, { sent, errors, minute }: SoFar): Promise<string> {
  const { p50 = 0, p90 = 0, p99 = 0, max = 0 } = sample?.latencyMs ?? {};
  const [api, worker] = [side.pids.api ?? 0, side.pids.worker ?? 0].map(residentBytes);
  const metrics = await (await fetch(`${side.origin}/metrics`)).text();
  const loopS = Number(
    /^nodejs_eventloop_lag_p99_seconds(?:\{[^}]*\})? (\S+)/m.exec(metrics)?.[1] ?? Number.NaN,
  );
  const cells: [string, number][] = [
    [minute.toFixed(1), 8],
    [(sample?.value ?? 0).toFixed(0), 12],
    ...[p50, p90, p99, max].map((ms): [string, number] => [ms.toFixed(1), 7]),
    [(((await api) ?? 0) / 2 ** 20).toFixed(0), 13],
    [(((await worker) ?? 0) / 2 ** 20).toFixed(0), 13],
    [(1_000 * loopS).toFixed(1), 14],
    [String(sent - (await side.finished())), 10],
    [String(errors), 9],
  ];
  return cells.map(([text, width]) => text.padStart(width)).join('');
}
