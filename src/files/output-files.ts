/** The files that one job made: their ids follow from its own, so they are found without asking anybody. */
import { isFailure } from '../models/failure.js';
import { outputFileId } from './file-ids.js';
import type { FileStore } from './file-store.js';

/** Removes all of them. A job that failed may have made some, too. */
export async function removeOutputs(files: FileStore, jobId: string): Promise<void> {
  for (let index = 0; await exists(files, outputFileId(jobId, index)); index++)
    await files.remove(outputFileId(jobId, index));
}

/** Also one that is gone: those behind it may not be. */
async function exists(files: FileStore, id: string): Promise<boolean> {
  try {
    await files.stat(id);
    return true;
  } catch (error) {
    if (isFailure(error) && error.code === 'file_gone') return true;
    if (isFailure(error) && error.code === 'file_not_found') return false;
    throw error;
  }
}
