/**
 * Failed jobs by type and error code, at a cost that does not grow with the jobs: how many each set holds, and the latest
 * of it. As in all our lists an entry can be one too many, and so can the count; that the latest is one is looked at.
 */
import type { QueueAccess } from '../queue-access.js';
import { type JobSummary, readSummaries } from './job-summaries.js';

export interface Failures {
  type: string;
  code: string;
  count: number;
  latest: JobSummary;
}

/** Of each set so many are looked at for one that has failed with the code. */
const lookedAt = 3;

/**
 * In no order.
 *
 * @param kinds What to look for.
 * @param tenant Whose jobs; those of all when absent.
 * @throws Failure `queue_unavailable`
 */
export async function failuresBy(
  access: QueueAccess,
  kinds: readonly { type: string; code: string }[],
  tenant: string | undefined,
): Promise<Failures[]> {
  const { connection } = access;
  const keys = tenant === undefined ? access.keys : access.keys.of(tenant);
  const sizes = connection.pipeline();
  for (const { type, code } of kinds) sizes.zcard(keys.error(type, code));
  const counts = (await access.answers(sizes)) as number[];
  const found = kinds.flatMap((kind, index) => {
    const count = counts[index] ?? 0;
    return count === 0 ? [] : [{ ...kind, count }];
  });
  if (found.length === 0) return [];
  const looks = connection.pipeline();
  for (const { type, code } of found) looks.zrevrange(keys.error(type, code), 0, lookedAt - 1);
  const ids = (await access.answers(looks)) as string[][];
  const jobs = new Map(
    (await readSummaries(access, ids.flat())).flatMap((job) => (job === undefined ? [] : [[job.id, job]])),
  );
  return found.flatMap((kind, index) => {
    const candidates = (ids[index] ?? []).flatMap((id) => jobs.get(id) ?? []);
    const latest = candidates.find(({ status, error }) => status === 'failed' && error?.code === kind.code);
    return latest === undefined ? [] : [{ ...kind, latest }];
  });
}
