/** Problems (RFC 9457): how a failure looks to a client, wherever it is told. */
import { type ErrorCode, errors } from './errors.js';
import type { Problem } from './job.js';
import type { JobType } from './job-type.js';

/** Job types by name, such as the registry. */
export type Definitions = ReadonlyMap<string, { readonly definition: JobType }>;

/** Status and title of a code: the platform's, or one that a job type declares. */
export function errorDefinitionOf(
  code: string,
  definitions: Definitions,
): { status: number; title: string; when: string; retry: boolean } {
  if (Object.hasOwn(errors, code)) return errors[code as ErrorCode];
  for (const { definition } of definitions.values()) {
    const declared = Object.hasOwn(definition.errors, code) ? definition.errors[code] : undefined;
    if (declared !== undefined) return { status: 422, retry: false, ...declared };
  }
  // Of a type that is no longer registered.
  return {
    status: 500,
    title: 'The job failed',
    when: 'The job type that declares this code is not registered.',
    retry: false,
  };
}

/** A failed job's error. `instance` is the job. */
export function problemOf(
  { code, detail }: { code: string; detail: string },
  instance: string,
  definitions: Definitions,
  basePath: string,
): Problem {
  const { status, title } = errorDefinitionOf(code, definitions);
  return { type: `${basePath}/api/errors/${code}`, title, status, detail, instance, code };
}
