/** What a record says to whoever asks for the file: what it is, that it is gone, or that there never was one. */
import { failure } from '../models/failure.js';
import type { StoredFile } from '../models/stored-file.js';
import type { FileRecord, PresentRecord } from './file-record.js';

/** @throws Failure `file_not_found`, `file_gone` */
export function presentIn(record: FileRecord | undefined, id: string, nowMs: number): PresentRecord {
  if (record === undefined) throw failure('file_not_found', `There is no file ${id}.`);
  if (record.state === 'gone') throw failure('file_gone', `The file ${id} was removed at ${record.goneAt}.`);
  if (isExpired(record, nowMs))
    throw failure('file_gone', `The file ${id} was kept until ${record.file.expiresAt}.`);
  return record;
}

export const isExpired = ({ file }: PresentRecord, nowMs: number): boolean =>
  file.expiresAt !== undefined && Date.parse(file.expiresAt) <= nowMs;

/** As the API answers it. */
export const shown = ({ file }: PresentRecord, basePath: string): StoredFile => ({
  ...file,
  downloadUrl: `${basePath}/api/files/${file.id}`,
});
