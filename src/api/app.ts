/**
 * Assembles the API; it never listens. From the outside in: headers, request id, trace, log, figures, rate limit of the
 * address and other limits, then for each operation who may do it and what it does, and last what none of them took and
 * what they threw. What is asked most often has a shorter way beside Express's (`short-way.ts`).
 */
import type { RequestListener } from 'node:http';
import express, { type RequestHandler, type Router } from 'express';
import { failure } from '../models/failure.js';
import { accessTo } from './access/require-access.js';
import { type Born, bornFor } from './born-for.js';
import { documentation } from './documentation.js';
import { cors } from './middleware/cors.js';
import { failures, nothingHere } from './middleware/failures.js';
import { httpMetrics } from './middleware/http-metrics.js';
import { knownHost } from './middleware/known-host.js';
import { rateLimit } from './middleware/rate-limit.js';
import { requestId } from './middleware/request-id.js';
import { requestLimits } from './middleware/request-limits.js';
import { requestLog } from './middleware/request-log.js';
import { requestTrace } from './middleware/request-trace.js';
import { whenAnswered } from './middleware/when-answered.js';
import type { Operation, Services } from './operation.js';
import { createJob } from './operations/create-job.js';
import { getJob } from './operations/get-job.js';
import { operations } from './operations.js';
import { securityHeaders, securityLines } from './security-headers.js';
import { type ShortRoute, shortWay } from './short-way.js';

export interface App {
  listener: RequestListener;
  /** For the server that listens. */
  born: Born;
}

export function createApp(services: Services): App {
  const { config, log, metrics } = services;
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', config.trustProxy);
  app.set('query parser', 'simple');
  const before = [
    ...[requestId, requestTrace, whenAnswered([requestLog(log), httpMetrics(metrics)])],
    ...[cors(config.corsOrigins), rateLimit(services.limits), requestLimits(config), knownHost(config)],
  ];
  app.use(securityHeaders(), ...before);
  const handlers = new Map(operations.map((operation) => [operation, handlersOf(operation, services)]));
  const router = createRouter(services, handlers);
  // A proxy may or may not remove the prefix under which it publishes the API.
  if (config.basePath !== '') app.use(config.basePath, router);
  app.use(router);
  const onError = failures(services);
  app.use(nothingHere, onError);
  const born = bornFor(app);
  if (!config.shortcuts) return { listener: app, born };
  const routes = (
    [
      ['POST', createJob],
      ['GET', getJob],
    ] as const
  ).map(
    ([method, operation]): ShortRoute => ({
      method,
      path: operation.path,
      handlers: handlers.get(operation) ?? [],
    }),
  );
  const { basePath } = config;
  return {
    listener: shortWay({ app, basePath, fixedHead: securityLines(), before, routes, onError }),
    born,
  };
}

const handlersOf = (operation: Operation, services: Services): RequestHandler[] => [
  ...accessTo(operation, services),
  ...[operation.handle(services)].flat(),
];

function createRouter(services: Services, handlers: ReadonlyMap<Operation, RequestHandler[]>): Router {
  const router = express.Router();
  for (const [operation, own] of handlers) router[operation.method](operation.path, own);
  for (const path of new Set(operations.map((operation) => operation.path))) {
    const methods = operations
      .filter((operation) => operation.path === path)
      .map(({ method }) => method.toUpperCase());
    const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
    router.all(path, (request, response) => {
      if (request.method === 'OPTIONS') return void response.set('Allow', allow).status(204).end();
      throw failure('method_not_allowed', `${request.method} is not possible here; ${allow} are.`, {
        headers: { Allow: allow },
      });
    });
  }
  router.use(documentation(services));
  return router;
}
