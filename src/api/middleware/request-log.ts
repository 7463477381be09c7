/** One line for each answered request: which, what came of it, how long it took. Never a body or a header. */
import type { RequestHandler } from 'express';
import type { Logger } from '../../log.js';
import { inThisTrace } from '../../tracing/tracing.js';
import { knownPrincipal } from '../access/principal.js';
import { loggedUrl } from '../logged-url.js';

export function requestLog(log: Logger): RequestHandler {
  return (request, response, next) => {
    const startMs = performance.now();
    const onClose = inThisTrace(() => {
      const { method, originalUrl: url, ip } = request;
      log.info(
        {
          requestId: response.getHeader('X-Request-Id'),
          method,
          url: loggedUrl(url),
          ip,
          key: knownPrincipal(request)?.keyId,
          status: response.statusCode,
          durationMs: Math.round(performance.now() - startMs),
          ...(response.writableFinished ? {} : { aborted: true }),
        },
        'request',
      );
    });
    response.on('close', onClose);
    next();
  };
}
