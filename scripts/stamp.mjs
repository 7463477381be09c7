/** What files are like, in one word: as long as it stays the same, what was built of them is current. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './install.mjs';

/** Names and folders are relative to the root of the project; a folder that is not there has no files. */
export function stampOf(names, folders) {
  const files = [
    ...names.map((name) => join(root, name)),
    ...folders.flatMap((name) => filesIn(join(root, name))),
  ];
  const hash = createHash('sha256');
  for (const file of files.sort()) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${relative(root, file)} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

export const filesIn = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
    : [];
