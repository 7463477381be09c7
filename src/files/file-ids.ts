/** How the ids of files come about: fresh ones for uploads, derived ones for what a job produces. */
import { createHash } from 'node:crypto';
import { typeId, uuidFromDigest, uuidV7 } from '../models/type-id.js';

/**
 * A fresh id for an upload.
 *
 * @param nowMs Milliseconds since the epoch.
 * @param random At least 10 random bytes.
 */
export const newFileId = (nowMs: number, random: Uint8Array): string => typeId('file', uuidV7(nowMs, random));

/**
 * The id of the file that a job creates as its `index`-th, from 0. It is known before the file is there, and
 * the same in every attempt, so a retry overwrites what an earlier attempt left.
 */
export const outputFileId = (jobId: string, index: number): string =>
  typeId('file', uuidFromDigest(createHash('sha256').update(`${jobId}/${index}`).digest()));
