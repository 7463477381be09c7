/** One side under load for the length of a round: requests in a second, their latency, and what its processes spent on each. */
import type { LoadOrder } from '../load/order.js';
import type { Bench, Sample } from '../scenario.js';
import type { OpenSide } from '../sides/side.js';
import { withProcessorTime } from './rounds.js';

/** More than any round can send. */
const requestsMax = 10_000_000;

export async function underLoad(
  { load, options }: Bench,
  side: OpenSide,
  order: Omit<LoadOrder, 'durationMs' | 'requestsMax'>,
): Promise<Sample> {
  const { result, cpuUs } = await withProcessorTime(
    side,
    () => load.send({ ...order, durationMs: options.seconds * 1_000, requestsMax }),
    ({ requests }) => requests,
  );
  return {
    value: (1_000 * result.requests) / result.elapsedMs,
    cpuUs,
    latencyMs: result.latencyMs,
    loadUs: result.ownUs,
  };
}

/** One job a request, on so many connections. */
export async function underPosts(bench: Bench, side: OpenSide, connections: number): Promise<Sample> {
  const submission = side.submission();
  if (submission === undefined) throw new Error('this side takes no requests');
  return underLoad(bench, side, { ...submission, connections });
}
