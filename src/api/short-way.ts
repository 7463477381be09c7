/**
 * The way of the requests that come most often: past Express's two routers, through the very same functions. What it
 * skips is finding them: matching the path against all operations, mounting, decoding parameters. It takes only what
 * needs none of that, an exact path without a query, where the one parameter is an id in its usual form; every other
 * request goes through Express. The headers that are the same on every answer are spelt once (`born-for.ts`), where
 * Express's way sets each. `test/api/short-way.test.ts` holds that both ways answer alike.
 */
import type { IncomingMessage, RequestListener } from 'node:http';
import type { ErrorRequestHandler, Express, Request, RequestHandler, Response } from 'express';
import { prefixOf } from '../models/type-id.js';
import { beginWith, takesFixedHead } from './born-for.js';

export interface ShortRoute {
  method: 'GET' | 'POST';
  /** In Express's form. Its only parameter, if any, is `:id` at its end. */
  path: string;
  handlers: readonly RequestHandler[];
}

export interface ShortWayParts {
  app: Express;
  basePath: string;
  /** What all answers begin with: no handler here sets one of these headers. */
  fixedHead: string;
  /** All that Express calls before the handlers of a route, but for what sets those. */
  before: readonly RequestHandler[];
  routes: readonly ShortRoute[];
  onError: ErrorRequestHandler;
}

/** The app, with a shorter way to some of its routes. */
export function shortWay(parts: ShortWayParts): RequestListener {
  const { app, basePath, fixedHead, before, routes, onError } = parts;
  const known = routes.flatMap(({ method, path, handlers }) =>
    // As Express has it: a proxy may or may not remove the prefix.
    [...new Set(['', basePath])].map((base) => ({
      method,
      path,
      base,
      start: `${base}${path.replace(':id', '')}`,
      hasId: path.endsWith(':id'),
      handlers: [...before, ...handlers],
    })),
  );

  return (incoming, response) => {
    const { method, url = '' } = incoming;
    if (!takesFixedHead(response)) return app(incoming, response);
    for (const route of known) {
      if (route.method !== method || !url.startsWith(route.start)) continue;
      const id = url.slice(route.start.length);
      if (route.hasId ? prefixOf(id) === undefined : id !== '') continue;
      const request = asExpressSees(incoming, response as Response);
      request.baseUrl = route.base;
      request.route = route;
      request.params = route.hasId ? { id } : {};
      beginWith(response, fixedHead);
      return walk(route.handlers, request, response as Response, onError);
    }
    app(incoming, response);
  };
}

/** What `app.handle` and its routers add to a request. */
function asExpressSees(incoming: IncomingMessage, response: Response): Request {
  const request = incoming as Request;
  request.res = response;
  request.originalUrl = request.url;
  response.req = request;
  response.locals = {};
  return request;
}

/** Each handler calls for the next one, throws, or answers. */
function walk(
  handlers: readonly RequestHandler[],
  request: Request,
  response: Response,
  onError: ErrorRequestHandler,
): void {
  let at = 0;
  const fail = (error: unknown) => void onError(error, request, response, () => {});
  const next = (error?: unknown) => {
    if (error) return fail(error);
    const handler = handlers[at];
    at += 1;
    try {
      const done: unknown = handler?.(request, response, next);
      if (done instanceof Promise) done.catch(fail);
    } catch (thrown) {
      fail(thrown);
    }
  };
  next();
}
