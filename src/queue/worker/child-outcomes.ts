/** What the children of a job came to, as BullMQ keeps it for their parent. */
import type { ChildOutcome } from '../../models/job-type.js';
import { prefixOf } from '../../models/type-id.js';
import type { Connection } from '../connection.js';
import { queueKeys } from '../keys.js';
import { errorOf } from '../stored-job.js';

/** In the order of `children`. Those of whom nothing is known are left out. */
export async function childOutcomes(
  connection: Connection,
  prefix: string,
  parentId: string,
  children: readonly string[],
): Promise<ChildOutcome[]> {
  if (children.length === 0) return [];
  const queue = queueKeys(prefix, prefixOf(parentId) ?? '');
  const [results, reasons] = await Promise.all([
    connection.hgetall(queue.processed(parentId)),
    connection.hgetall(queue.tolerated(parentId)),
  ]);
  return children.flatMap((jobId): ChildOutcome[] => {
    const type = prefixOf(jobId) ?? '';
    const key = queueKeys(prefix, type).job(jobId);
    const result = results[key];
    if (result !== undefined) return [{ jobId, type, status: 'completed', result: JSON.parse(result) }];
    const reason = reasons[key];
    if (reason === undefined) return [];
    const error = errorOf(reason);
    return [{ jobId, type, status: error.code === 'cancelled' ? 'cancelled' : 'failed', error }];
  });
}
