/**
 * Assembles the API; it never listens. From the outside in: request id, trace, log, figures, headers, rate limit of the
 * address and other limits, then for each operation who may do it and what it does, and last what none of them took and
 * what they threw.
 */
import express, { type Express, type Router } from 'express';
import helmet from 'helmet';
import { failure } from '../models/failure.js';
import { accessTo } from './access/require-access.js';
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
import type { Services } from './operation.js';
import { operations } from './operations.js';

export function createApp(services: Services): Express {
  const { config, log, metrics } = services;
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', config.trustProxy);
  app.set('query parser', 'simple');
  app.use(requestId, requestTrace, requestLog(log), httpMetrics(metrics));
  app.use(helmet(securityHeaders), cors(config.corsOrigins), rateLimit(services.limits));
  app.use(requestLimits(config), knownHost(config));
  const router = createRouter(services);
  // A proxy may or may not remove the prefix under which it publishes the API.
  if (config.basePath !== '') app.use(config.basePath, router);
  app.use(router);
  app.use(nothingHere, failures(services));
  return app;
}

function createRouter(services: Services): Router {
  const router = express.Router();
  for (const operation of operations)
    router[operation.method](operation.path, accessTo(operation, services), operation.handle(services));
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

const securityHeaders = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      baseUri: ["'none'"],
      objectSrc: ["'none'"],
      frameAncestors: ["'none'"],
      formAction: ["'self'"],
      imgSrc: ["'self'", 'data:', 'blob:'],
      // Swagger UI sets styles from its script.
      styleSrc: ["'self'", "'unsafe-inline'"],
    },
  },
  // As `frame-ancestors` says, for browsers that do not know it.
  xFrameOptions: { action: 'deny' },
  // Whether there is TLS in front is for whoever puts it there.
  strictTransportSecurity: false,
} as const;
