/** What a worker server can run at once, and what it runs, as figures. */
import type { Metrics } from '../metrics/metrics.js';
import type { Outcome } from '../models/outcome.js';
import type { Lane } from '../models/policy.js';
import type { RegisteredType } from './registry.js';
import type { Threads } from './threads.js';

/** What is told of each attempt. */
export interface AttemptFigures {
  begun(type: string): void;
  /** @param durationMs Since it began. */
  ended(type: string, outcome: Outcome['kind'], durationMs: number): void;
}

export function tellPool(
  { figures, labelsOf, onScrape }: Metrics,
  served: readonly (RegisteredType & { concurrency: number })[],
  threads: ReadonlyMap<Lane, Threads>,
): AttemptFigures {
  // Of thousands in a second nobody sees each: it is a state.
  const busy = new Map(served.map(({ definition }) => [definition.type, 0]));
  const add = (type: string, change: number) => busy.set(type, (busy.get(type) ?? 0) + change);
  for (const { definition, concurrency } of served)
    figures.workerSlots.set(labelsOf(definition.type), concurrency);
  onScrape(() => {
    for (const [type, attempts] of busy) figures.workerBusy.set(labelsOf(type), attempts);
    for (const [lane, pool] of threads) {
      figures.workerThreads.set({ lane }, pool.size);
      figures.workerThreadsBusy.set({ lane }, pool.busy);
    }
  });
  return {
    begun: (type) => void add(type, 1),
    ended(type, outcome, durationMs) {
      add(type, -1);
      // One that is held has not run.
      if (outcome === 'held') return;
      figures.jobProcessingTime.observe({ ...labelsOf(type), outcome }, durationMs / 1_000);
    },
  };
}
