/**
 * One round of tidying in S3, bounded: expired files become tombstones, old tombstones are forgotten, and bytes that belong
 * to no file are removed. Listings are cheap and reading is not, so a record is read only where the listing says
 * that something may be due. A round that is not through goes on where it stopped; several processes may do it
 * at once, and begin at different places.
 */
import type { FileRecord, PresentRecord } from './file-record.js';
import type { S3Entry } from './s3-bucket.js';
import { parseKey } from './s3-keys.js';

export interface S3Sweep {
  /** The last key that an earlier round looked at, or where to begin. */
  after: string;
  pagesMax: number;
  nowMs: number;
  tombstoneMs: number;
  list(after: string): Promise<{ entries: S3Entry[]; isLast: boolean }>;
  /** Undefined where there is none, or none that anybody could ever read; `unknown` where a newer version wrote it. */
  recordOf(id: string): Promise<FileRecord | 'unknown' | undefined>;
  isExpired(record: PresentRecord): boolean;
  /** True if it was done: the record may have been replaced meanwhile. */
  bury(id: string): Promise<boolean>;
  /** The record, if it still is an old tombstone, or none at all. */
  forget(id: string): Promise<boolean>;
  removeContent(id: string, name: string): Promise<void>;
}

export interface S3Swept {
  expired: number;
  forgotten: number;
  /** Where the next round begins. */
  after: string;
}

/** What a listing tells of one file. */
interface Listed {
  id: string;
  lastKey: string;
  record?: { modifiedMs: number };
  contents: { name: string; expiresMs: number; modifiedMs: number }[];
}

/**
 * Bytes without a record are nobody's after this long. Much longer than an upload takes: S3 dates a file that was uploaded
 * in parts by the beginning.
 */
const abandonedAfterMs = 24 * 3_600_000;
const filesAtOnce = 8;

export async function sweepS3Files(sweep: S3Sweep): Promise<S3Swept> {
  const swept: S3Swept = { expired: 0, forgotten: 0, after: sweep.after };
  let after = sweep.after;
  let hasWrapped = after === '';
  let pending: Listed[] = [];
  for (let page = 0; page < sweep.pagesMax; page++) {
    const { entries, isLast } = await sweep.list(after);
    for (const entry of entries) gather(pending, entry);
    after = entries.at(-1)?.key ?? after;
    // Of the last one, more may be on the next page.
    const whole = isLast ? pending : pending.slice(0, -1);
    pending = isLast ? [] : pending.slice(-1);
    await eachOf(whole, (listed) => sweepFile(listed, sweep, swept));
    swept.after = isLast ? '' : (whole.at(-1)?.lastKey ?? swept.after);
    if (isLast && hasWrapped) break;
    if (isLast) {
      hasWrapped = true;
      after = '';
    } else if (hasWrapped && sweep.after !== '' && after >= sweep.after) break;
  }
  return swept;
}

function gather(pending: Listed[], { key, modifiedMs }: S3Entry): void {
  const parsed = parseKey(key);
  if (parsed === undefined) return;
  let listed = pending.at(-1);
  if (listed?.id !== parsed.id) {
    listed = { id: parsed.id, lastKey: key, contents: [] };
    pending.push(listed);
  }
  listed.lastKey = key;
  if (parsed.content === undefined) listed.record = { modifiedMs };
  else listed.contents.push({ ...parsed.content, modifiedMs });
}

async function sweepFile(listed: Listed, sweep: S3Sweep, swept: S3Swept): Promise<void> {
  if (!mayBeDue(listed, sweep)) return;
  const { id } = listed;
  const record = await sweep.recordOf(id);
  if (record === 'unknown') return;
  if (record?.state === 'present') {
    if (sweep.isExpired(record) && (await sweep.bury(id))) swept.expired++;
  } else if (listed.record !== undefined && (await sweep.forget(id))) {
    if (record !== undefined) swept.forgotten++;
  }
  const referenced = record?.state === 'present' ? record.content : undefined;
  for (const { name, modifiedMs } of listed.contents)
    if (name !== referenced && modifiedMs + abandonedAfterMs <= sweep.nowMs)
      await sweep.removeContent(id, name);
}

function mayBeDue({ record, contents }: Listed, { nowMs, tombstoneMs }: S3Sweep): boolean {
  // Of a tombstone, which was written when the file went; or of a file whose bytes somebody removed.
  if (contents.length === 0) return record !== undefined && record.modifiedMs + tombstoneMs <= nowMs;
  if (contents.some(({ expiresMs }) => expiresMs <= nowMs)) return true;
  // Two writings, or one without a record: perhaps something was left behind.
  const isOrdinary = record !== undefined && contents.length === 1;
  return !isOrdinary && contents.some(({ modifiedMs }) => modifiedMs + abandonedAfterMs <= nowMs);
}

async function eachOf<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await act(item);
  };
  await Promise.all(Array.from({ length: filesAtOnce }, lane));
}
