/** What a process left behind when it died while it wrote. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessMissing } from './storage-failure.js';

/** Bytes without a file that have not been written to for this long are nobody's any more. */
const abandonedAfterMs = 3_600_000;

export async function removeAbandoned(path: string, nowMs: number): Promise<void> {
  const found = await stat(path).catch(unlessMissing);
  if (found !== undefined && found.mtimeMs + abandonedAfterMs <= nowMs) await rm(path, { force: true });
}

/** All that is abandoned in a folder, which need not exist. */
export async function removeAbandonedIn(folder: string, nowMs: number): Promise<void> {
  for (const name of (await readdir(folder).catch(unlessMissing)) ?? [])
    await removeAbandoned(join(folder, name), nowMs);
}
