/** What a record says to whoever asks for the file: what it is, that it is gone, or that there never was one. */
import { failure } from '../models/failure.js';
import type { StoredFile } from '../models/stored-file.js';
import type { FileRecord, PresentRecord } from './file-record.js';

export interface Asked {
  id: string;
  /** Who asks: the file of another, or of nobody, is not there, nor was it ever. All files are when undefined. */
  tenant: string | undefined;
  nowMs: number;
}

/** @throws Failure `file_not_found`, `file_gone` */
export function presentIn(record: FileRecord | undefined, { id, tenant, nowMs }: Asked): PresentRecord {
  if (record === undefined || (tenant !== undefined && tenantOf(record) !== tenant))
    throw failure('file_not_found', `There is no file ${id}.`);
  if (record.state === 'gone') throw failure('file_gone', `The file ${id} was removed at ${record.goneAt}.`);
  if (isExpired(record, nowMs))
    throw failure('file_gone', `The file ${id} was kept until ${record.file.expiresAt}.`);
  return record;
}

const tenantOf = (record: FileRecord) => (record.state === 'gone' ? record.tenant : record.file.tenant);

/** What stays of a file: it is nobody else's than the file was. */
export function tombstoneOf({ file: { tenant } }: PresentRecord, nowMs: number): FileRecord {
  return {
    state: 'gone',
    goneAt: new Date(nowMs).toISOString(),
    ...(tenant === undefined ? {} : { tenant }),
  };
}

export const isExpired = ({ file }: PresentRecord, nowMs: number): boolean =>
  file.expiresAt !== undefined && Date.parse(file.expiresAt) <= nowMs;

/** As the API answers it. */
export const shown = ({ file }: PresentRecord, basePath: string): StoredFile => ({
  ...file,
  downloadUrl: `${basePath}/api/files/${file.id}`,
});
