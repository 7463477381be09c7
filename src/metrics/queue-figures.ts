/** What Redis holds and who is alive, as figures. While Redis is away they are absent: nobody knows them. */
import { isFailure } from '../models/failure.js';
import { countedStatuses } from '../models/stats.js';
import type { QueueStats } from '../queue/outlook/queue-stats.js';
import type { Metrics } from './metrics.js';

export function tellQueues({ figures, labelsOf, onScrape }: Metrics, stats: QueueStats): void {
  const { queueDepth, queueOldestAge, queuePaused, jobs, typeWorkers, typeSlots, workersAlive } = figures;
  const all = [queueDepth, queueOldestAge, queuePaused, jobs, typeWorkers, typeSlots];
  onScrape(async () => {
    const latest = await stats.read().catch((error: unknown) => {
      if (!isFailure(error)) throw error;
    });
    for (const figure of all) figure.reset();
    workersAlive.remove();
    if (latest === undefined) return;
    workersAlive.set(latest.workers);
    for (const [type, own] of Object.entries(latest.types)) {
      const labels = labelsOf(type);
      queueDepth.set(labels, own.jobs.pending);
      queueOldestAge.set(labels, (own.oldestPendingMs ?? 0) / 1_000);
      queuePaused.set(labels, own.paused ? 1 : 0);
      typeWorkers.set(labels, own.workers);
      typeSlots.set(labels, own.slots);
      for (const status of countedStatuses) jobs.set({ ...labels, status }, own.jobs[status]);
    }
  });
}
