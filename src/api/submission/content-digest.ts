/**
 * What makes two jobs the same work: the type and its version, the payload however it is spelled, and of files their
 * content, whatever their ids.
 */
import { hash } from 'node:crypto';
import type { FileStore } from '../../files/file-store.js';
import { canonicalJson } from '../../models/canonical-json.js';
import { isFailure } from '../../models/failure.js';
import type { JobType } from '../../models/job-type.js';
import { typeIdPattern } from '../../models/type-id.js';
import type { Sender } from './sender.js';

/** @param sender Work of one client does not serve another, nor does it see another's files. */
export async function contentDigest(
  { type, version }: JobType,
  payload: unknown,
  { client, principal }: Sender,
  files: FileStore,
): Promise<string> {
  const content = namesFile(payload)
    ? await withDigests(payload, (fileId) => files.stat(fileId, principal.tenant))
    : payload;
  return hash('sha256', canonicalJson({ type, version, client, content }), 'base64url');
}

/** Anywhere in it, as a value. Most payloads name none, and need not be gone through with a promise for each value. */
function namesFile(value: unknown): boolean {
  if (typeof value === 'string') return isFileId(value);
  if (Array.isArray(value)) return value.some(namesFile);
  return typeof value === 'object' && value !== null && Object.values(value).some(namesFile);
}

const fileId = typeIdPattern('file');
const isFileId = (text: string) => fileId.test(text);

/** A file that is not there stays as it is named: the job will say so. */
async function withDigests(value: unknown, stat: FileStore['stat']): Promise<unknown> {
  if (typeof value === 'string') return isFileId(value) ? digestOf(value, stat) : value;
  if (Array.isArray(value)) {
    // Numbers, mostly: only what may hold the id of a file takes a turn of its own.
    if (value.every((item) => typeof item === 'number')) return value;
    return Promise.all(value.map((item) => withDigests(item, stat)));
  }
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(async ([key, member]) => [key, await withDigests(member, stat)]);
  return Object.fromEntries(await Promise.all(members));
}

async function digestOf(fileId: string, stat: FileStore['stat']): Promise<unknown> {
  try {
    return { sha256: (await stat(fileId)).sha256 };
  } catch (error) {
    if (isFailure(error)) return fileId;
    throw error;
  }
}
