/**
 * The tree that a job belongs to, from any of its jobs: up to the root by the parent of each, then down level by level,
 * one round trip or two for a level. A job that was removed is still named by its parent; what was below it is not known
 * any more, and where a parent was removed the tree begins below it.
 */
import type { childFailurePolicies, Job } from '../../models/job.js';
import { prefixOf } from '../../models/type-id.js';
import { queueKeys } from '../keys.js';
import type { QueueAccess } from '../queue-access.js';
import { type JobSummary, readSummaries } from './job-summaries.js';

export type TreeNode = KnownNode | { id: string; removed: true };

export interface KnownNode {
  job: JobSummary;
  /** Of a child: what becomes of its parent when it fails. */
  onFailure?: (typeof childFailurePolicies)[number];
  /** In the order of the request. */
  children: TreeNode[];
}

export interface JobTree {
  root: KnownNode;
  /** It has more jobs than are shown. */
  isCut: boolean;
}

/**
 * @param job Any job of the tree.
 * @param jobsMax More are not looked at.
 * @throws Failure `queue_unavailable`
 */
export async function jobTree(access: QueueAccess, job: Job, jobsMax: number): Promise<JobTree> {
  const root: KnownNode = { job: await rootOf(access, job, jobsMax), children: [] };
  let left = jobsMax - 1;
  let isCut = false;
  for (let level = [root]; level.length > 0; ) {
    const ids = level.flatMap(({ job: { children = [] } }) => children);
    const shown = new Map((await nodesOf(access, ids.slice(0, left))).map((node) => [idOf(node), node]));
    isCut ||= ids.length > left;
    left -= shown.size;
    for (const node of level) node.children = (node.job.children ?? []).flatMap((id) => shown.get(id) ?? []);
    level = [...shown.values()].filter((node) => 'job' in node);
  }
  return { root, isCut };
}

async function rootOf(access: QueueAccess, job: JobSummary, stepsMax: number): Promise<JobSummary> {
  let top = job;
  for (let steps = 0; top.parentId !== undefined && steps < stepsMax; steps++) {
    const [parent] = await readSummaries(access, [top.parentId]);
    if (parent === undefined) break;
    top = parent;
  }
  return top;
}

async function nodesOf(access: QueueAccess, ids: readonly string[]): Promise<TreeNode[]> {
  if (ids.length === 0) return [];
  const jobs = await readSummaries(access, ids);
  const pipeline = access.connection.pipeline();
  for (const id of ids) pipeline.hget(queueKeys(access.prefix, prefixOf(id) ?? '').job(id), 'parent');
  const links = (await access.answers(pipeline)) as (string | null)[];
  return ids.map((id, index) => {
    const job = jobs[index];
    if (job === undefined) return { id, removed: true };
    return { job, onFailure: onFailureOf(links[index] ?? null), children: [] };
  });
}

const idOf = (node: TreeNode) => ('job' in node ? node.job.id : node.id);

/** As BullMQ keeps it: with a failure of the child, fail the parent (`fpof`) or ignore the dependency (`idof`). */
const onFailureOf = (link: string | null) =>
  (JSON.parse(link ?? '{}') as { idof?: boolean }).idof === true ? 'continue' : 'fail';
