/**
 * Where the bytes of uploads and results are. One interface; `local-file-store.ts` is the implementation.
 * Every implementation passes `test/files/file-store-contract.ts`.
 */
import type { Readable } from 'node:stream';
import type { StoredFile } from '../models/stored-file.js';

export interface FileToWrite {
  /** Well-formed and free: `newFileId()`, or `outputFileId(jobId, n)`, which overwrites. */
  id: string;
  /** As the client gave it; the store cleans it and never uses it as a path. */
  name: string;
  /** As the client declared it; only compared with what is found. */
  declaredMediaType?: string;
  content: Readable | Uint8Array;
  /** Stops the stream with `file_too_large` past this many bytes. */
  bytesMax?: number;
  /** The job that produced it. */
  jobId?: string;
}

export interface ByteRange {
  /** First byte, from 0. */
  start: number;
  /** Last byte, included. */
  end: number;
}

export interface FileStore {
  /**
   * Streams the content to the store, looks at it (media type, dimensions, digest) and only then makes it
   * visible: a file is there as a whole or not at all.
   *
   * @throws Failure `empty_file`, `file_too_large`, `svg_not_accepted`, `content_mismatch`, `image_too_large`, `storage_full`
   */
  write(file: FileToWrite): Promise<StoredFile>;
  /** @throws Failure `file_not_found`, `file_gone` */
  stat(id: string): Promise<StoredFile>;
  /** @throws Failure `file_not_found`, `file_gone` */
  read(id: string, range?: ByteRange): Promise<Readable>;
  /** Removes the bytes and leaves a tombstone, after which the file is `file_gone`. True if it was there. */
  remove(id: string): Promise<boolean>;
  /** Removes what has expired, and what was begun and never finished; forgets old tombstones. */
  sweep(): Promise<{ expired: number; forgotten: number }>;
}
