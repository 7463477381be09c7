/**
 * The file store in a local folder, which several processes may share.
 *
 *     incoming/<random>              bytes that are still arriving; nobody sees them
 *     stored/<xx>/<id>.<random>      bytes
 *     stored/<xx>/<id>.json          the record: it names the bytes, so renaming it into place makes the file
 *                                    visible, or replaces it, as a whole
 *
 * `<xx>` are the last two characters of the id, which are random. A record outlives its bytes as a tombstone.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../models/failure.js';
import type { StoredFile } from '../models/stored-file.js';
import { fileIdSchema } from '../models/stored-file.js';
import type { FileRecord, PresentRecord } from './file-record.js';
import { parseFileRecord } from './file-record.js';
import type { FileStore, FileToWrite, OpenedFile } from './file-store.js';
import { isExpired, presentIn, shown, tombstoneOf } from './known-file.js';
import { storageFailure, unlessMissing } from './storage-failure.js';
import { sweepLocalFiles } from './sweep-local-files.js';
import { takeIn } from './take-in.js';

export interface LocalFileStoreOptions {
  /** Made when it is not there. */
  folder: string;
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
}

export class LocalFileStore implements FileStore {
  readonly #options: Required<LocalFileStoreOptions>;
  readonly #incoming: string;
  readonly #stored: string;

  constructor(options: LocalFileStoreOptions) {
    this.#options = { tombstoneMs: 30 * 86_400_000, basePath: '', now: Date.now, ...options };
    this.#incoming = join(options.folder, 'incoming');
    this.#stored = join(options.folder, 'stored');
  }

  async write(given: FileToWrite): Promise<StoredFile> {
    const { id, signal } = given;
    const folder = this.#folderOf(fileIdSchema.parse(id));
    const nonce = randomBytes(8).toString('hex');
    const contentName = `${id}.${nonce}`;
    const arriving = join(this.#incoming, nonce);
    try {
      const file = await takeIn(given, arriving, this.#options);
      const record: PresentRecord = { state: 'present', file, content: contentName };
      await mkdir(folder, { recursive: true });
      const replaced = await this.#record(id);
      await rename(arriving, join(folder, contentName));
      await this.#putRecord(id, record, () => {
        signal?.throwIfAborted();
        return true;
      });
      if (replaced?.state === 'present') await rm(join(folder, replaced.content), { force: true });
      return shown(record, this.#options.basePath);
    } catch (error) {
      await rm(arriving, { force: true });
      await this.#removeUnlessVisible(id, contentName);
      throw signal?.aborted ? signal.reason : storageFailure(error);
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
    const record = await this.#record(id);
    if (record?.state !== 'present') return false;
    const wasThere = !isExpired(record, this.#options.now());
    return (await this.#bury(id, record)) ? wasThere : this.remove(id);
  }

  sweep(): Promise<{ expired: number; forgotten: number }> {
    return sweepLocalFiles({
      incoming: this.#incoming,
      stored: this.#stored,
      nowMs: this.#options.now(),
      tombstoneMs: this.#options.tombstoneMs,
      isExpired: (record) => isExpired(record, this.#options.now()),
      bury: (id, record) => this.#bury(id, record),
    });
  }

  async check(): Promise<void> {
    const path = join(this.#incoming, randomBytes(8).toString('hex'));
    try {
      await mkdir(this.#incoming, { recursive: true });
      await writeThrough(path, 'check');
    } catch (error) {
      throw storageFailure(error);
    } finally {
      await rm(path, { force: true });
    }
  }

  async #present(id: string, tenant: string | undefined): Promise<PresentRecord> {
    const record = fileIdSchema.safeParse(id).success ? await this.#record(id) : undefined;
    return presentIn(record, { id, tenant, nowMs: this.#options.now() });
  }

  async #opened(...[id, rangeOf, tenant]: Parameters<FileStore['open']>): Promise<OpenedFile | undefined> {
    const record = await this.#present(id, tenant);
    const file = shown(record, this.#options.basePath);
    const range = rangeOf?.(file);
    const handle = await open(join(this.#folderOf(id), record.content)).catch(unlessMissing);
    return handle && { file, stream: handle.createReadStream(range) };
  }

  async #record(id: string): Promise<FileRecord | undefined> {
    const json = await readFile(this.#recordPath(id), 'utf8').catch(unlessMissing);
    return json === undefined ? undefined : parseFileRecord(json);
  }

  /**
   * @param isWanted Asked when nothing but making it visible is left.
   * @returns Whether it was.
   */
  async #putRecord(
    id: string,
    record: FileRecord,
    isWanted: () => boolean | Promise<boolean>,
  ): Promise<boolean> {
    const arriving = join(this.#incoming, randomBytes(8).toString('hex'));
    try {
      await writeThrough(arriving, JSON.stringify(record));
      if (!(await isWanted())) return false;
      await rename(arriving, this.#recordPath(id));
    } finally {
      await rm(arriving, { force: true });
    }
    await syncFolder(this.#folderOf(id));
    return true;
  }

  /** False, and nothing done, where another file has taken the place of this one: a retry overwrites. */
  async #bury(id: string, record: PresentRecord): Promise<boolean> {
    const tombstone = tombstoneOf(record, this.#options.now());
    const buried = await this.#putRecord(id, tombstone, () => this.#isVisible(id, record.content));
    if (buried) await rm(join(this.#folderOf(id), record.content), { force: true });
    return buried;
  }

  async #isVisible(id: string, content: string): Promise<boolean> {
    const record = await this.#record(id);
    return record?.state === 'present' && record.content === content;
  }

  async #removeUnlessVisible(id: string, content: string): Promise<void> {
    if (!(await this.#isVisible(id, content))) await rm(join(this.#folderOf(id), content), { force: true });
  }

  #folderOf(id: string): string {
    return join(this.#stored, id.slice(-2));
  }

  #recordPath(id: string): string {
    return join(this.#folderOf(id), `${id}.json`);
  }
}

/** Onto the disk, and not only into its cache. */
async function writeThrough(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A rename is on the disk only when its folder is. Windows has no such call. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
