/**
 * A span for each request, in the trace that its `traceparent` names. Attributes as OpenTelemetry's conventions for
 * HTTP servers have them, without the query, which may hold what is nobody's business. Probes are not traced: they
 * would be most of what there is.
 */
import type { RequestHandler } from 'express';
import { beginSpan } from '../../tracing/tracing.js';
import { isProbe } from './probe-paths.js';

export const requestTrace: RequestHandler = (request, response, next) => {
  if (isProbe(request)) return next();
  const { method } = request;
  const span = beginSpan(() => ({
    name: method,
    kind: 'server',
    parent: { headers: request.headers },
    attributes: {
      'http.request.method': method,
      'url.scheme': request.protocol,
      'url.path': request.path,
      'server.address': request.hostname ?? '',
      'client.address': request.ip ?? '',
      'network.protocol.version': request.httpVersion,
      'user_agent.original': request.get('User-Agent') ?? '',
      'jobwright.request_id': String(response.getHeader('X-Request-Id')),
    },
  }));
  if (span === undefined) return next();
  response.on('close', () => {
    const { statusCode } = response;
    span.set({ 'http.response.status_code': statusCode });
    // Known only once a route has taken it.
    if (request.route !== undefined) {
      const route = `${request.baseUrl}${request.route.path}`;
      span.rename(`${method} ${route}`);
      span.set({ 'http.route': route });
    }
    if (statusCode >= 500) span.fail(String(statusCode));
    span.end();
  });
  span.run(next);
};
