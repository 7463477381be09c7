/** Problems (RFC 9457) as answers. What one is made of is `models/problem.ts`'s affair. */
import type { Response } from 'express';
import type { Failure } from '../models/failure.js';
import { problemOf } from '../models/problem.js';
import type { Registry } from '../workers/registry.js';

export { errorDefinitionOf, problemOf } from '../models/problem.js';

/** Seconds after which a client may try again, where the failure does not say. */
const retryAfterSeconds: Partial<Record<string, number>> = {
  queue_unavailable: 2,
  rate_limited: 1,
  quota_exceeded: 10,
  server_busy: 1,
  storage_full: 60,
  storage_unavailable: 5,
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
