/** What a worker server can run at once, and what it runs, as figures. */
import type { Metrics } from '../metrics/metrics.js';
import type { Outcome } from '../models/outcome.js';
import type { Lane } from '../models/policy.js';
import type { RegisteredType } from './registry.js';
import type { Threads } from './threads.js';

export function tellPool(
  { figures, labelsOf, onScrape }: Metrics,
  served: readonly (RegisteredType & { concurrency: number })[],
  threads: ReadonlyMap<Lane, Threads>,
): void {
  for (const { definition, concurrency } of served) {
    figures.workerSlots.set(labelsOf(definition.type), concurrency);
    figures.workerBusy.set(labelsOf(definition.type), 0);
  }
  onScrape(() => {
    for (const [lane, pool] of threads) {
      figures.workerThreads.set({ lane }, pool.size);
      figures.workerThreadsBusy.set({ lane }, pool.busy);
    }
  });
}

/** @returns To be called when it has ended, with its length. */
export function attemptBegun(
  { figures, labelsOf }: Metrics,
  type: string,
): (outcome: Outcome['kind'], durationMs: number) => void {
  const labels = labelsOf(type);
  figures.workerBusy.inc(labels);
  return (outcome, durationMs) => {
    figures.workerBusy.dec(labels);
    // One that is held has not run.
    if (outcome !== 'held') figures.jobProcessingTime.observe({ ...labels, outcome }, durationMs / 1_000);
  };
}
