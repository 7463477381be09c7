import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the console looks like follows from these; the pictures of it are as old as this says. */
export async function consoleSourcesDigest(): Promise<string> {
  const names = (await readdir('console/src', { recursive: true }))
    .filter((name) => /\.(tsx?|css)$/.test(name))
    .sort();
  const hash = createHash('sha256');
  for (const name of names) hash.update(`${name}\n`).update(await readFile(join('console/src', name)));
  return hash.digest('hex');
}
