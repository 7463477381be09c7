/** Problems (RFC 9457): how a failure looks to a client, over HTTP and inside a failed job. */
import type { Response } from 'express';
import { type ErrorCode, errors } from '../models/errors.js';
import type { Failure } from '../models/failure.js';
import type { Problem } from '../models/job.js';
import type { Registry } from '../workers/registry.js';

/** Status and title of a code: the platform's, or one that a job type declares. */
export function errorDefinitionOf(
  code: string,
  registry: Registry,
): { status: number; title: string; when: string; retry: boolean } {
  if (Object.hasOwn(errors, code)) return errors[code as ErrorCode];
  for (const { definition } of registry.values()) {
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
  registry: Registry,
  basePath: string,
): Problem {
  const { status, title } = errorDefinitionOf(code, registry);
  return { type: `${basePath}/api/errors/${code}`, title, status, detail, instance, code };
}

/** Seconds after which a client may try again, where the failure does not say. */
const retryAfterSeconds: Partial<Record<string, number>> = {
  queue_unavailable: 2,
  rate_limited: 1,
  storage_full: 60,
  too_many_streams: 5,
};

export function sendProblem(
  response: Response,
  failure: Failure,
  registry: Registry,
  basePath: string,
): void {
  const { req: request } = response;
  const problem = problemOf(failure, request.originalUrl, registry, basePath);
  const retryAfter = retryAfterSeconds[failure.code];
  if (retryAfter !== undefined) response.setHeader('Retry-After', String(retryAfter));
  for (const [name, value] of Object.entries(failure.headers ?? {})) response.setHeader(name, value);
  response.status(problem.status).type('application/problem+json');
  response.setHeader('Cache-Control', 'no-store');
  response.send(
    JSON.stringify({
      ...problem,
      requestId: response.getHeader('X-Request-Id'),
      ...(failure.errors === undefined ? {} : { errors: failure.errors }),
    }),
  );
}
