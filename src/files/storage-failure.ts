/** What the file system answers, in the platform's terms. */
import { failure } from '../models/failure.js';

const codeOf = (error: unknown) =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** What is exhausted: the disk, the quota of a user, the largest file that a process may write. */
const fullCodes = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** `storage_full` where there is no room; anything else as it came. */
export function storageFailure(error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined || !fullCodes.includes(code)) return error;
  return failure('storage_full', 'The file store has no room for this file.', { cause: error });
}

/** For `catch`: undefined for what is not there, and any other error again. */
export function unlessMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}
