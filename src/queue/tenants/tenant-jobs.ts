/** Whose a job is, and how many unfinished ones a tenant has. */
import { failure } from '../../models/failure.js';
import type { Job } from '../../models/job.js';
import { prefixOf } from '../../models/type-id.js';
import { queueKeys } from '../keys.js';
import type { QueueAccess } from '../queue-access.js';
import { ownFields } from '../stored-job.js';
import type { NewJob } from '../submission/job-entry.js';

/** Entries that one step of a sweep looks at. */
const pageSize = 500;

/**
 * Whether a job is this tenant's, or was before it was removed. False for all else, also for an id that is none.
 *
 * @throws Failure `queue_unavailable`
 */
export async function isOfTenant(access: QueueAccess, id: Job['id'], tenant: string): Promise<boolean> {
  const type = prefixOf(id);
  if (type === undefined) return false;
  const { connection, keys, prefix } = access;
  const job = queueKeys(prefix, type).job(id);
  const [owner, removedMs] = await access.answers(
    connection.pipeline().hget(job, ownFields.tenant).zscore(keys.gone, `${tenant}/${id}`),
  );
  return owner === tenant || removedMs !== null;
}

/** Its tenant may have only so many unfinished jobs. */
export const hasQuota = ({ tenant, tenantJobsMax }: NewJob): boolean =>
  tenant !== undefined && tenantJobsMax !== undefined;

/**
 * Requests at the same moment do not see each other, so a tenant can get beyond its quota by as many as it sends at
 * once.
 *
 * @throws Failure `quota_exceeded` where one of the jobs has a quota that they would exceed; `queue_unavailable`
 */
export async function requireRoom(access: QueueAccess, jobs: readonly NewJob[]): Promise<void> {
  const limited = jobs.filter(hasQuota);
  for (const tenant of new Set(limited.map((job) => job.tenant))) {
    if (tenant === undefined) continue;
    const own = limited.filter((job) => job.tenant === tenant);
    const jobsMax = Math.min(...own.map((job) => job.tenantJobsMax ?? Infinity));
    const count = await access.ask(() => access.connection.zcard(access.keys.of(tenant).unfinished));
    const more = own.reduce((sum, job) => sum + sizeOf(job), 0);
    if (count + more > jobsMax)
      throw failure(
        'quota_exceeded',
        `The tenant ${tenant} has ${count} unfinished jobs; with ${more} more it would have more than ${jobsMax}.`,
      );
  }
}

const sizeOf = ({ children = [] }: NewJob): number => children.reduce((sum, child) => sum + sizeOf(child), 1);

/**
 * A task that takes jobs out of the unfinished ones which a worker ended and did not live to take out: at each call a
 * page of one tenant's.
 */
export function unfinishedSweep(
  access: QueueAccess,
  tenantsNow: () => readonly string[],
): () => Promise<void> {
  let tenants: string[] = [];
  let cursor = '0';
  return async () => {
    if (tenants.length === 0) tenants = [...tenantsNow()];
    const [tenant] = tenants;
    if (tenant === undefined) return;
    cursor = await sweepPage(access, tenant, cursor);
    if (cursor === '0') tenants.shift();
  };
}

/** @param cursor Where to go on, `0` at first. @returns Where to go on next. @throws Failure `queue_unavailable` */
async function sweepPage(access: QueueAccess, tenant: string, cursor: string): Promise<string> {
  const { connection, prefix, keys } = access;
  const { unfinished } = keys.of(tenant);
  const [next, members] = await access.ask(() => connection.zscan(unfinished, cursor, 'COUNT', pageSize));
  // Each id is followed by its score.
  const ids = members.filter((_, index) => index % 2 === 0);
  if (ids.length === 0) return next;
  const looks = connection.pipeline();
  for (const id of ids) looks.hmget(queueKeys(prefix, prefixOf(id) ?? '').job(id), 'timestamp', 'finishedOn');
  const fields = (await access.answers(looks)) as [string | null, string | null][];
  const over = ids.filter((_, index) => fields[index]?.[0] === null || fields[index]?.[1] !== null);
  if (over.length > 0) await access.ask(() => connection.zrem(unfinished, ...over));
  return next;
}
