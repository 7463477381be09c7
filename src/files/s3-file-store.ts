/**
 * The file store in an S3 bucket, which any number of processes on any number of machines may share. `s3-keys.ts` has its
 * layout. A file is written in four steps:
 *
 * 1. the content arrives in a temporary file of this machine, and is looked at,
 * 2. it is copied to the bucket, under a key that no record names yet,
 * 3. one small object, the record, makes it visible, or replaces the file, as a whole,
 * 4. what it replaced is removed.
 *
 * Records are replaced on condition that nobody else has done so since they were read (`If-Match`). A server that does
 * not know such conditions leaves a moment between reading and writing in which the last one wins.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failure, isFailure } from '../models/failure.js';
import { fileIdSchema, type StoredFile } from '../models/stored-file.js';
import { removeAbandonedIn } from './abandoned.js';
import type { FileRecord, PresentRecord } from './file-record.js';
import { parseFileRecord } from './file-record.js';
import type { FileStore, FileToWrite, OpenedFile } from './file-store.js';
import { isExpired, presentIn, shown, tombstoneOf } from './known-file.js';
import type { S3Bucket, S3Text } from './s3-bucket.js';
import { checkKey, contentKey, contentNameOf, recordKey, storedPrefix } from './s3-keys.js';
import { storageFailure } from './storage-failure.js';
import { sweepS3Files } from './sweep-s3-files.js';
import { takeIn } from './take-in.js';

export interface S3FileStoreOptions {
  bucket: S3Bucket;
  /** On this machine, for content that is still arriving; made when it is not there. */
  spoolFolder: string;
  /** Files for which nothing else is said are gone after this long, in milliseconds. */
  retentionMs: number;
  /** A file that is gone is `file_gone` for this long, then `file_not_found`, in milliseconds. Default: 30 days. */
  tombstoneMs?: number;
  /** Largest image: width times height times frames. */
  imagePixelsMax: number;
  /** Path prefix of download links. Default: none. */
  basePath?: string;
  /** Milliseconds since the epoch. Default: the clock of this machine. */
  now?: () => number;
  /** Keys of one page of a listing. Default: 1,000, the most that S3 answers. */
  pageKeysMax?: number;
  /** Pages that one sweep looks at. Default: 50. */
  sweepPagesMax?: number;
}

/** Two writings of one file at once make each other begin again; so often is more than can be chance. */
const triesMax = 20;
const checkMsMax = 3_000;
/** An answer to `check` counts for this long. */
const checkedForMs = { good: 30_000, bad: 5_000 };

interface ReadRecord extends S3Text {
  record: FileRecord | undefined;
}

export class S3FileStore implements FileStore {
  readonly #options: Required<S3FileStoreOptions>;
  readonly #bucket: S3Bucket;
  /** Not at the same place in every process: a process that is stopped early would leave the end to nobody. */
  #sweepAfter = `${storedPrefix}${randomInt(36 ** 2)
    .toString(36)
    .padStart(2, '0')}`;
  #sweeping: Promise<{ expired: number; forgotten: number }> | undefined;
  #checked: { untilMs: number; answer: Promise<void> } | undefined;

  constructor(options: S3FileStoreOptions) {
    this.#options = {
      tombstoneMs: 30 * 86_400_000,
      basePath: '',
      now: Date.now,
      pageKeysMax: 1_000,
      sweepPagesMax: 50,
      ...options,
    };
    this.#bucket = options.bucket;
  }

  async write(given: FileToWrite): Promise<StoredFile> {
    const { id, signal } = given;
    fileIdSchema.parse(id);
    const nonce = randomBytes(8).toString('hex');
    const arriving = join(this.#options.spoolFolder, nonce);
    let content = '';
    let isRecordSent = false;
    try {
      const file = await takeIn(given, arriving, this.#options);
      content = contentNameOf(id, Date.parse(file.expiresAt ?? ''), nonce);
      await this.#bucket.upload(contentKey(id, content), arriving, file.size, signal);
      const record: PresentRecord = { state: 'present', file, content };
      await this.#publish(id, record, () => {
        signal?.throwIfAborted();
        isRecordSent = true;
      });
      return shown(record, this.#options.basePath);
    } catch (error) {
      // A record whose answer got lost may be there, and name them. What is left in error is the sweep's.
      if (content !== '' && !isRecordSent) {
        const removed = this.#leaveOrRemove(id, content);
        // Whoever is told that S3 does not answer need not wait for its silence once more.
        if (!isFailure(error) || error.code !== 'storage_unavailable') await removed;
      }
      throw signal?.aborted ? signal.reason : storageFailure(error);
    } finally {
      await rm(arriving, { force: true });
    }
  }

  async stat(id: string, tenant?: string): Promise<StoredFile> {
    return shown(await this.#present(id, tenant), this.#options.basePath);
  }

  async open(...of: Parameters<FileStore['open']>): Promise<OpenedFile> {
    // Once more: between record and bytes, another process may have replaced or removed the file.
    const opened = (await this.#opened(...of)) ?? (await this.#opened(...of));
    if (opened === undefined) throw failure('file_gone', `The file ${of[0]} was removed.`);
    return opened;
  }

  async remove(id: string): Promise<boolean> {
    for (let tries = 0; tries < triesMax; tries++) {
      const found = await this.#read(id);
      if (found?.record?.state !== 'present') return false;
      const wasThere = !isExpired(found.record, this.#options.now());
      if (await this.#bury(id, found.record, found)) return wasThere;
    }
    throw this.#tooBusy(id);
  }

  sweep(): Promise<{ expired: number; forgotten: number }> {
    this.#sweeping ??= this.#sweep().finally(() => {
      this.#sweeping = undefined;
    });
    return this.#sweeping;
  }

  /** Writes an object, so not at each call: an answer counts for 30 s, a bad one for 5 s. */
  check(): Promise<void> {
    const nowMs = this.#options.now();
    if (this.#checked !== undefined && nowMs < this.#checked.untilMs) return this.#checked.answer;
    const answer = this.#bucket.put(checkKey, JSON.stringify({ checkedAt: new Date(nowMs) }), checkMsMax);
    const checked = { untilMs: nowMs + checkedForMs.good, answer };
    this.#checked = checked;
    answer.catch(() => {
      checked.untilMs = nowMs + checkedForMs.bad;
    });
    return answer;
  }

  async #present(id: string, tenant: string | undefined): Promise<PresentRecord> {
    const found = fileIdSchema.safeParse(id).success ? await this.#read(id) : undefined;
    return presentIn(found?.record, { id, tenant, nowMs: this.#options.now() });
  }

  async #opened(...[id, rangeOf, tenant]: Parameters<FileStore['open']>): Promise<OpenedFile | undefined> {
    const record = await this.#present(id, tenant);
    const file = shown(record, this.#options.basePath);
    const range = rangeOf?.(file) ?? { start: 0, end: file.size - 1 };
    const stream = await this.#bucket.download(contentKey(id, record.content), range);
    return stream && { file, stream };
  }

  async #read(id: string): Promise<ReadRecord | undefined> {
    const found = await this.#bucket.read(recordKey(id));
    return found && { ...found, record: parseFileRecord(found.text) };
  }

  /** @param beforeSending Called when nothing but making it visible is left; what it throws is thrown. */
  async #publish(id: string, record: PresentRecord, beforeSending: () => void): Promise<void> {
    for (let tries = 0; tries < triesMax; tries++) {
      const before = await this.#read(id);
      const previous = before?.record?.state === 'present' ? before.record.content : undefined;
      // The answer to an earlier try got lost.
      if (previous === record.content) return;
      beforeSending();
      if (await this.#bucket.replace(recordKey(id), JSON.stringify(record), before)) {
        if (previous !== undefined) await this.#leaveOrRemove(id, previous);
        return;
      }
    }
    throw this.#tooBusy(id);
  }

  /** False, and nothing done, where another file has taken the place of this one: a retry overwrites. */
  async #bury(id: string, record: PresentRecord, found: S3Text): Promise<boolean> {
    const tombstone = tombstoneOf(record, this.#options.now());
    const isBuried = await this.#bucket.replace(recordKey(id), JSON.stringify(tombstone), found);
    if (isBuried) await this.#leaveOrRemove(id, record.content);
    return isBuried;
  }

  /** Bytes that nobody sees any more. Those that cannot be removed now are removed by a sweep. */
  async #leaveOrRemove(id: string, content: string): Promise<void> {
    await this.#bucket.remove(contentKey(id, content)).catch(() => {});
  }

  async #sweep(): Promise<{ expired: number; forgotten: number }> {
    const { now, tombstoneMs, spoolFolder, pageKeysMax, sweepPagesMax } = this.#options;
    const nowMs = now();
    await removeAbandonedIn(spoolFolder, nowMs);
    const { expired, forgotten, after } = await sweepS3Files({
      after: this.#sweepAfter,
      pagesMax: sweepPagesMax,
      nowMs,
      tombstoneMs,
      list: (from) => this.#bucket.list(storedPrefix, from, pageKeysMax),
      recordOf: async (id) => {
        const found = await this.#bucket.read(recordKey(id));
        if (found === undefined) return undefined;
        try {
          return parseFileRecord(found.text);
        } catch {
          return 'unknown';
        }
      },
      isExpired: (record) => isExpired(record, nowMs),
      bury: async (id) => {
        const found = await this.#read(id);
        if (found?.record?.state !== 'present' || !isExpired(found.record, nowMs)) return false;
        return this.#bury(id, found.record, found);
      },
      forget: async (id) => {
        const found = await this.#read(id);
        if (found?.record?.state === 'present') return false;
        if (found?.record !== undefined && Date.parse(found.record.goneAt) + tombstoneMs > nowMs)
          return false;
        return this.#bucket.remove(recordKey(id), found);
      },
      removeContent: (id, content) => this.#leaveOrRemove(id, content),
    });
    this.#sweepAfter = after;
    return { expired, forgotten };
  }

  #tooBusy(id: string): Error {
    return failure('storage_unavailable', `The file ${id} is being written by too many at once.`);
  }
}
