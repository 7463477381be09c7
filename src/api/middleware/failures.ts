/** The last two handlers: what no operation took, and what an operation threw. Each becomes a problem. */
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { failure, isFailure } from '../../models/failure.js';
import { loggedUrl } from '../logged-url.js';
import type { Services } from '../operation.js';
import { sendProblem } from '../problem.js';

export const nothingHere: RequestHandler = (request) => {
  throw failure('not_found', `There is no ${request.method} ${request.path}; /docs/ lists what there is.`);
};

/** What an operator should look at: no client can cause it. */
const ours = new Set(['internal_error', 'queue_unavailable', 'storage_unavailable']);

export function failures({
  registry,
  config,
  log,
}: Pick<Services, 'registry' | 'config' | 'log'>): ErrorRequestHandler {
  return (error, request, response, _next) => {
    const known = isFailure(error) ? error : failureOf(error);
    if (ours.has(known.code))
      log.error(
        {
          err: known.cause ?? error,
          requestId: response.getHeader('X-Request-Id'),
          url: loggedUrl(request.originalUrl),
        },
        known.code,
      );
    // An answer that has begun cannot be taken back; cutting it is the only way to say that it is not whole.
    if (response.headersSent) response.destroy();
    else sendProblem(response, known, registry, config.basePath);
  };
}

/** Errors of Express itself (a malformed `%` in the path) carry a 4xx status; all else is a defect. */
function failureOf(error: unknown) {
  const status =
    typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 500;
  return status >= 400 && status < 500
    ? failure('invalid_request', 'The request cannot be read; check its path and headers.', { cause: error })
    : failure(
        'internal_error',
        'The request failed for a reason of our own; the log has it under this request id.',
        {
          cause: error,
        },
      );
}
