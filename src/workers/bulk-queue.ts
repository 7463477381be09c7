/** The queue as a bulk operation works on it, over a connection of its own that is made when it is first needed. */
import type { Config } from '../config.js';
import type { FileStore } from '../files/file-store.js';
import { removeOutputs } from '../files/output-files.js';
import type { BulkAction } from '../models/bulk.js';
import { isFinal } from '../models/job.js';
import { connectImpatiently } from '../queue/connection.js';
import type { JobCounts } from '../queue/job-counts.js';
import { JobQueue } from '../queue/job-queue.js';
import { redisAddress } from '../queue/redis-address.js';
import type { BulkTools } from './bulk-operation.js';

export interface BulkQueue {
  open: () => Promise<BulkTools>;
  close(): Promise<void>;
}

export interface BulkQueueParts {
  /** What a type's policy grants; undefined for one that is not registered here. */
  attemptsOf: (type: string) => number | undefined;
  /** Asked for when the queue is first needed. */
  counts: () => JobCounts;
}

export function bulkQueue(
  config: Config,
  files: FileStore,
  { attemptsOf, counts }: BulkQueueParts,
): BulkQueue {
  let opened: JobQueue | undefined;
  /** Changes that are under way: one that is cut off would leave its job to be put right by another worker. */
  const changing = new Set<Promise<unknown>>();
  const open = () => {
    opened ??= new JobQueue({
      connection: connectImpatiently(redisAddress(config), config.redisTimeoutMs),
      prefix: config.redisPrefix,
      timeoutMs: config.redisTimeoutMs,
      eventsMax: config.eventsMax,
      now: Date.now,
      counts: counts(),
    });
    return opened;
  };
  return {
    async open() {
      const queue = open();
      await queue.open([]);
      const { list, changes } = queue;
      const actions: Record<BulkAction, (jobId: string) => Promise<unknown>> = {
        cancel: (jobId) => changes.cancel(jobId),
        retry: (jobId) => changes.retry(jobId, (type) => attemptsOf(type) ?? 1),
        async delete(jobId) {
          const job = await queue.find(jobId);
          // Before the record: should we die in between, the job is found again.
          if (job !== undefined && isFinal(job.status)) await removeOutputs(files, jobId);
          await changes.remove(jobId);
        },
      };
      return {
        list,
        apply(action, jobId) {
          const change = actions[action](jobId).finally(() => changing.delete(change));
          changing.add(change);
          return change;
        },
      };
    },
    async close() {
      await Promise.allSettled(changing);
      await opened?.close();
    },
  };
}
