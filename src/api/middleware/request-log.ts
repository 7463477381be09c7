/** One line for each answered request: which, what came of it, how long it took. Never a body or a header. */
import type { Logger } from '../../log.js';
import { knownPrincipal } from '../access/principal.js';
import { loggedUrl } from '../logged-url.js';
import type { Note } from './when-answered.js';

export function requestLog(log: Logger): Note {
  return (request, response, durationMs) => {
    const { method, originalUrl: url, ip } = request;
    log.info(
      {
        requestId: response.getHeader('X-Request-Id'),
        method,
        url: loggedUrl(url),
        ip,
        key: knownPrincipal(request)?.keyId,
        status: response.statusCode,
        durationMs: Math.round(durationMs),
        aborted: response.writableFinished ? undefined : true,
      },
      'request',
    );
  };
}
