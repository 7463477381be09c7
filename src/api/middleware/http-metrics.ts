/** Counts each answered request by its route, never by its path, and takes its time. */
import type { Request, Response } from 'express';
import type { Metrics } from '../../metrics/metrics.js';
import { operations } from '../operations.js';
import type { Note } from './when-answered.js';

const routes: ReadonlySet<unknown> = new Set(operations.map(({ path }) => path));
const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** What is served beside the operations, and what is not there at all. */
const other = 'other';

export function httpMetrics({ figures: { httpRequests, httpRequestDuration } }: Metrics): Note {
  return (request, response, durationMs) => {
    const method = methods.has(request.method) ? request.method : other;
    const route = routeOf(request);
    const status = response.headersSent ? String(response.statusCode) : 'aborted';
    httpRequests.inc({ method, route, status });
    if (isStream(response)) return;
    const statusClass = status === 'aborted' ? status : `${status[0]}xx`;
    httpRequestDuration.observe({ method, route, status_class: statusClass }, durationMs / 1_000);
  };
}

/** As it is in the document: `/api/jobs/:id`. */
function routeOf({ route }: Request): string {
  const path: unknown = route?.path;
  return typeof path === 'string' && routes.has(path) ? path : other;
}

const isStream = (response: Response) =>
  String(response.getHeader('Content-Type')).startsWith('text/event-stream');
