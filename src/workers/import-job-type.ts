/**
 * Imports the module of a job type, also one in TypeScript, and also from a folder where `jobwright` and `zod`
 * are not installed: there they resolve to the platform's own.
 */
import { register } from 'node:module';
import { ConfigError } from '../config.js';
import { isJobType, type JobType } from '../models/job-type.js';

const ownFolder = new URL('.', import.meta.url).href;

const imported = new Map<string, Promise<JobType>>();

/** @throws ConfigError naming the module, when it cannot be loaded or does not export a job type as its default. */
export function importJobType(moduleUrl: string): Promise<JobType> {
  const existing = imported.get(moduleUrl) ?? load(moduleUrl);
  imported.set(moduleUrl, existing);
  return existing;
}

async function load(moduleUrl: string): Promise<JobType> {
  const exported = await importModule(moduleUrl);
  if (!isJobType(exported))
    throw new ConfigError(
      `JOB_TYPES: ${moduleUrl}: expected \`export default defineJobType({ … })\`; helpers belong into a folder below`,
    );
  return exported;
}

async function importModule(moduleUrl: string): Promise<unknown> {
  try {
    // Run from its sources, the platform has a loader for TypeScript, and `jobwright` in its tsconfig.json.
    if (moduleUrl.startsWith(ownFolder) || import.meta.url.endsWith('.ts'))
      return unwrap(await import(moduleUrl));
    resolveOwnPackages();
    if (!/\.[cm]?ts$/.test(moduleUrl)) return unwrap(await import(moduleUrl));
    // The only help to the author of a type is the stack in the log: it should name his file and line.
    process.setSourceMapsEnabled(true);
    const { tsImport } = await import('tsx/esm/api');
    return unwrap(await tsImport(moduleUrl, { parentURL: import.meta.url, tsconfig: false }));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : cause;
    throw new ConfigError(`JOB_TYPES: ${moduleUrl} cannot be loaded: ${reason}`, { cause });
  }
}

/** A CommonJS module arrives with its exports inside its default. */
function unwrap(namespace: { default?: unknown }): unknown {
  const exported = namespace.default;
  return typeof exported === 'object' && exported !== null && 'default' in exported
    ? exported.default
    : exported;
}

let resolving = false;

function resolveOwnPackages(): void {
  if (resolving) return;
  resolving = true;
  const own = JSON.stringify(import.meta.url);
  // TypeScript is a module, whatever a package.json around it says or where there is none: `require` would pass this by.
  const hook = `
    export async function resolve(specifier, context, next) {
      try {
        const resolved = await next(specifier, context);
        return /\\.ts([?#]|$)/.test(resolved.url) ? { ...resolved, format: 'module' } : resolved;
      } catch (error) {
        if (!/^(jobwright|zod)$/.test(specifier)) throw error;
        return next(specifier, { ...context, parentURL: ${own} });
      }
    }`;
  register(`data:text/javascript,${encodeURIComponent(hook)}`);
}
