/**
 * Where the bytes of uploads and results are. One interface, two implementations: `local-file-store.ts` and
 * `s3-file-store.ts`. Each passes `test/files/file-store-contract.ts`. One that is reached over a network also
 * throws `storage_unavailable`, from every method.
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
  /** Whose file it is. */
  tenant?: string;
  /** Stops the stream with `file_too_large` past this many bytes. */
  bytesMax?: number;
  /** Removed after this long, in milliseconds; the store's own time when absent. */
  retentionMs?: number;
  /** Aborted before the file is visible, nothing of it is left, and what it would have overwritten stays. */
  signal?: AbortSignal;
}

export interface ByteRange {
  /** First byte, from 0. */
  start: number;
  /** Last byte, included. */
  end: number;
}

export interface OpenedFile {
  file: StoredFile;
  /** To be read or destroyed. */
  stream: Readable;
}

export interface FileStore {
  /**
   * Streams the content to the store, looks at it (media type, dimensions, digest) and only then makes it
   * visible: a file is there as a whole or not at all.
   *
   * @throws Failure `empty_file`, `file_too_large`, `svg_not_accepted`, `content_mismatch`, `image_too_large`, `storage_full`;
   *   the signal's reason when it is aborted
   */
  write(file: FileToWrite): Promise<StoredFile>;
  /**
   * @param tenant Who asks: the file of another, or of nobody, is not there. All files are when absent.
   * @throws Failure `file_not_found`, `file_gone`
   */
  stat(id: string, tenant?: string): Promise<StoredFile>;
  /**
   * What is known of a file, and its bytes: of one and the same writing, also while another overwrites it.
   *
   * @param rangeOf Which part of this very file to stream; all of it where there is none. What it throws is thrown.
   * @param tenant As for `stat`.
   * @throws Failure `file_not_found`, `file_gone`
   */
  open(
    id: string,
    rangeOf?: (file: StoredFile) => ByteRange | undefined,
    tenant?: string,
  ): Promise<OpenedFile>;
  /** Removes the bytes and leaves a tombstone, after which the file is `file_gone`. True if it was there. */
  remove(id: string): Promise<boolean>;
  /** Removes what has expired, and what was begun and never finished; forgets old tombstones. */
  sweep(): Promise<{ expired: number; forgotten: number }>;
  /**
   * Whether a file could be written now; for readiness, so it is quick and cheap enough to be asked every few seconds.
   *
   * @throws Why it could not: Failure `storage_full`, `storage_unavailable` or `internal_error`, or what the file system says
   */
  check(): Promise<void>;
}
