/**
 * One round of tidying in the local file store: expired files become tombstones, old tombstones are
 * forgotten, and bytes that belong to no file (a process died while it wrote) are removed, as is a record that
 * is no record. What cannot be read stays as it is, and in nobody's way. Several processes may do it at once.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { removeAbandoned, removeAbandonedIn } from './abandoned.js';
import type { FileRecord, PresentRecord } from './file-record.js';
import { parseFileRecord } from './file-record.js';
import { unlessMissing } from './storage-failure.js';

export interface LocalSweep {
  incoming: string;
  stored: string;
  nowMs: number;
  tombstoneMs: number;
  isExpired(record: PresentRecord): boolean;
  /** True if it was done: the record may have been replaced meanwhile. */
  bury(id: string, record: PresentRecord): Promise<boolean>;
}

export async function sweepLocalFiles(sweep: LocalSweep): Promise<{ expired: number; forgotten: number }> {
  await removeAbandonedIn(sweep.incoming, sweep.nowMs);
  const swept = { expired: 0, forgotten: 0 };
  for (const shard of await entries(sweep.stored)) {
    const folder = join(sweep.stored, shard);
    const names = await entries(folder);
    const referenced = new Set<string>();
    const unknownIds = new Set<string>();
    for (const name of names.filter((name) => name.endsWith('.json'))) {
      const record = await recordAt(join(folder, name));
      if (record === 'unknown') {
        unknownIds.add(name.slice(0, -'.json'.length));
      } else if (record === undefined) {
        await removeAbandoned(join(folder, name), sweep.nowMs);
      } else if (record.state === 'present') {
        referenced.add(record.content);
        if (sweep.isExpired(record) && (await sweep.bury(record.file.id, record))) swept.expired++;
      } else if (Date.parse(record.goneAt) + sweep.tombstoneMs <= sweep.nowMs) {
        await rm(join(folder, name), { force: true });
        swept.forgotten++;
      }
    }
    for (const name of names)
      if (!name.endsWith('.json') && !referenced.has(name) && !unknownIds.has(idOf(name)))
        await removeAbandoned(join(folder, name), sweep.nowMs);
  }
  return swept;
}

const entries = async (folder: string) => (await readdir(folder).catch(unlessMissing)) ?? [];

/** Of bytes: see the layout of the local file store. */
const idOf = (name: string) => name.slice(0, name.indexOf('.'));

/** Undefined where there is none, or none that anybody could ever read. */
async function recordAt(path: string): Promise<FileRecord | 'unknown' | undefined> {
  try {
    const text = await readFile(path, 'utf8').catch(unlessMissing);
    return text === undefined ? undefined : parseFileRecord(text);
  } catch {
    return 'unknown';
  }
}
