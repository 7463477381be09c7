/** Ids of the jobs in a tree: each follows from its parent's, so a tree that is sent again is the same tree. */
import { createHash } from 'node:crypto';
import { typeId, uuidFromDigest } from '../../models/type-id.js';
import type { NewJob } from './job-entry.js';

/** @param index Among the children of its parent, from 0. */
export const childId = (type: string, parentId: string, index: number): string =>
  typeId(type, uuidFromDigest(createHash('sha256').update(`${parentId}/child/${index}`).digest()));

/** The same tree under another root. */
export function withId(job: NewJob, id: string): NewJob {
  const children = job.children?.map((child, index) => withId(child, childId(child.type, id, index)));
  return { ...job, id, ...(children === undefined ? {} : { children }) };
}
