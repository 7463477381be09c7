/** Where a job lies that no worker has, at a cost that does not grow with the jobs before it. */
import type { ChainableCommander } from 'ioredis';
import { queueKeys } from '../keys.js';
import { dueMsOf } from '../stored-job.js';

export type WaitingPlace =
  | { in: 'queue'; position: number }
  | { in: 'delayed'; dueMs: number }
  | { in: 'waiting-children'; unfinished: number; jobIds: string[] }
  /** Among the active, without a lock. */
  | { in: 'active' };

/** Unfinished children that are named. */
const childrenMax = 20;
/** Entries of a list that are looked through. No job of ours is in `wait` but those that lost their worker. */
const listScanMax = 10_000;

export function askPlace(commands: ChainableCommander, prefix: string, type: string, id: string): void {
  const keys = queueKeys(prefix, type);
  commands
    .exists(keys.lock(id))
    .zscore(keys.delayed, id)
    .zscore(keys.waitingChildren, id)
    .scard(keys.dependencies(id))
    .sscan(keys.dependencies(id), 0, 'COUNT', childrenMax)
    .zrank(keys.prioritized, id)
    .llen(keys.wait)
    // From the end where jobs are taken; the answer counts from the other.
    .lpos(keys.wait, id, 'RANK', -1, 'MAXLEN', listScanMax)
    .lpos(keys.active, id, 'MAXLEN', listScanMax);
}

/** Undefined when the job is none of those that wait, or has just been taken. */
export function placeFrom(answers: readonly unknown[]): WaitingPlace | undefined {
  const [locked, dueScore, blocked, unfinished, children, rank, waitLength, waitIndex, active] = answers;
  if (locked === 1) return undefined;
  if (dueScore !== null) return { in: 'delayed', dueMs: dueMsOf(dueScore as string) };
  if (blocked !== null) {
    const [, members] = children as [string, string[]];
    const jobIds = members.slice(0, childrenMax).map((key) => key.slice(key.lastIndexOf(':') + 1));
    return { in: 'waiting-children', unfinished: Number(unfinished), jobIds: jobIds.sort() };
  }
  if (rank !== null) return { in: 'queue', position: Number(waitLength) + Number(rank) };
  if (waitIndex !== null) return { in: 'queue', position: Number(waitLength) - 1 - Number(waitIndex) };
  return active === null ? undefined : { in: 'active' };
}
