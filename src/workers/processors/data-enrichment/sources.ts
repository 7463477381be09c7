/**
 * Where facts come from: a source, its version and its licence, as the provenance of a result names them.
 * Versions are read from what is installed, so that they cannot be wrong.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';

export const sourceSchema = z.strictObject({
  source: z.string().describe('The package, database or host.'),
  version: z.string().optional().describe('Its version; absent for a host.'),
  license: z.string().optional().describe('SPDX identifier of the licence of its data.'),
  attribution: z.string().optional().describe('What the licence asks to be shown with the data.'),
});

export type Source = z.output<typeof sourceSchema>;

/** The rules of this folder. The version is raised when the same input gives another output. */
export const ownRules: Source = { source: 'jobwright', version: '1', license: 'MIT' };

/** The Unicode data of the runtime: names, scripts and word boundaries follow it. */
export const unicode: Source = {
  source: 'Unicode',
  version: process.versions.unicode ?? 'unknown',
  license: 'Unicode-3.0',
};

const known = new Map<string, Promise<Source>>();

/** An installed package as a source. */
export function packageSource(name: string, license: string): Promise<Source> {
  const source = known.get(name) ?? readVersion(name).then((version) => ({ source: name, version, license }));
  known.set(name, source);
  return source;
}

const require = createRequire(import.meta.url);

/** The folder of an installed package. Its `exports` may hide its package.json and its data files. */
export function packageFolder(name: string): string {
  const folder = (require.resolve.paths(name) ?? [])
    .map((modules) => join(modules, name))
    .find((candidate) => existsSync(join(candidate, 'package.json')));
  if (folder === undefined) throw new Error(`the package ${name} is not installed`);
  return folder;
}

const manifestSchema = z.object({ version: z.string() });

async function readVersion(name: string): Promise<string> {
  const manifest = await readFile(join(packageFolder(name), 'package.json'), 'utf8');
  return manifestSchema.parse(JSON.parse(manifest)).version;
}
