/**
 * Every job type there is: those of this folder, and those that `JOB_TYPES` names. The API reads their
 * contracts, the workers run them.
 */
import { readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError } from '../config.js';
import type { JobType } from '../models/job-type.js';
import { importJobType } from './import-job-type.js';
import calculation from './processors/calculation.js';
import callbackDelivery from './processors/callback-delivery.js';
import dataEnrichment from './processors/data-enrichment.js';
import fileProcessing from './processors/file-processing.js';
import treeGrowth from './processors/tree-growth.js';

export interface RegisteredType {
  definition: JobType;
  /** Where it is defined: a thread imports it from there. */
  moduleUrl: string;
}

export type Registry = ReadonlyMap<string, RegisteredType>;

const builtIn: readonly (readonly [JobType, string])[] = [
  [calculation, './processors/calculation'],
  [fileProcessing, './processors/file-processing'],
  [dataEnrichment, './processors/data-enrichment'],
  [treeGrowth, './processors/tree-growth'],
  [callbackDelivery, './processors/callback-delivery'],
];

/**
 * @param sources Folders (each module in them is a job type), files or packages.
 * @throws ConfigError when a source cannot be loaded, or two types or two types' errors have one name.
 */
export async function loadRegistry(sources: readonly string[]): Promise<Registry> {
  const registry = new Map<string, RegisteredType>();
  const extension = path.extname(import.meta.url);
  for (const [definition, module] of builtIn)
    add(registry, { definition, moduleUrl: new URL(`${module}${extension}`, import.meta.url).href });
  for (const source of sources)
    for (const moduleUrl of await modulesOf(source))
      add(registry, { definition: await importJobType(moduleUrl), moduleUrl });
  return registry;
}

function add(registry: Map<string, RegisteredType>, registered: RegisteredType): void {
  const { type, errors } = registered.definition;
  const other = registry.get(type);
  if (other !== undefined)
    throw new ConfigError(
      `JOB_TYPES: two job types are named "${type}": ${other.moduleUrl} and ${registered.moduleUrl}`,
    );
  for (const { definition, moduleUrl } of registry.values())
    for (const code of Object.keys(errors))
      if (Object.hasOwn(definition.errors, code))
        throw new ConfigError(
          `JOB_TYPES: two job types declare the error "${code}": ${moduleUrl} and ${registered.moduleUrl}`,
        );
  registry.set(type, registered);
}

async function modulesOf(source: string): Promise<string[]> {
  const location = path.resolve(source);
  const found = await stat(location).catch(() => undefined);
  if (found?.isFile()) return [pathToFileURL(location).href];
  if (found?.isDirectory()) {
    const names = (await readdir(location)).filter(
      (name) => /\.[cm]?[jt]s$/.test(name) && !/\.(d|test|spec)\.[cm]?ts$|\.(test|spec)\.[cm]?js$/.test(name),
    );
    if (names.length === 0)
      throw new ConfigError(`JOB_TYPES: expected a folder with modules (.js, .mjs or .ts), got ${source}`);
    return names.sort().map((name) => pathToFileURL(path.join(location, name)).href);
  }
  try {
    return [pathToFileURL(createRequire(path.resolve('package.json')).resolve(source)).href];
  } catch {
    throw new ConfigError(`JOB_TYPES: expected a folder, a file or a package, got ${JSON.stringify(source)}`);
  }
}
