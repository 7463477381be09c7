/**
 * What explains the API: the OpenAPI document in both spellings, Swagger UI, and at `/` the console for browsers and a
 * few links for everybody else. All redirects and links are relative, so that they hold behind any path prefix.
 *
 * Each is loaded and made when it is first asked for: a server is not to start later for what few ask.
 */
import { type RequestHandler, Router } from 'express';
import { version } from '../version.js';
import { openConsole } from './console.js';
import { firstTime } from './first-time.js';
import type { Services } from './operation.js';
import { operations } from './operations.js';

const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#1f6feb"/>' +
  '<path d="M4 11V9.5h2.2c.6 0 .9-.3.9-1V4h2v4.7c0 1.5-.9 2.3-2.5 2.3z" fill="#fff"/></svg>';

export function documentation({ registry, keys }: Services): Router {
  const router = Router({ strict: true });
  const described = firstTime(async () => {
    const { openApiDocument, yamlOf } = await import('./openapi.js');
    const document = openApiDocument(operations, registry, { hasKeys: keys !== undefined });
    return { document, yaml: firstTime(() => yamlOf(document)) };
  });
  router.get('/openapi.json', async (_request, response) => {
    const { document } = await described();
    response.json(document);
  });
  router.get('/openapi.yaml', async (_request, response) => {
    const { yaml } = await described();
    response.type('application/yaml').send(yaml());
  });
  const built = openConsole();
  if (built !== undefined) router.use(built.assets);
  router.get('/', (request, response, next) => {
    response.vary('Accept');
    const [path = ''] = request.originalUrl.split('?');
    // What the page loads is relative to the folder that it is in.
    if (!path.endsWith('/')) return response.redirect(`${path.split('/').at(-1)}/`);
    if (request.accepts(['json', 'html']) === 'html')
      return built === undefined ? response.redirect('docs/') : built.page(request, response, next);
    response.json({
      name: 'Jobwright',
      version,
      documentation: 'docs/',
      openapi: 'openapi.json',
      health: 'health',
    });
  });
  router.get('/favicon.ico', (_request, response) => {
    response.type('image/svg+xml').set('Cache-Control', 'public, max-age=86400').send(icon);
  });
  router.get('/docs', (_request, response) => response.redirect('docs/'));
  const swagger = firstTime(openSwagger);
  router.use('/docs/', async (request, response, next) => (await swagger())(request, response, next));
  return router;
}

async function openSwagger(): Promise<RequestHandler> {
  const { default: swaggerUi } = await import('swagger-ui-express');
  const options = {
    customSiteTitle: 'Jobwright API',
    swaggerOptions: { url: '../openapi.json', tryItOutEnabled: true, displayRequestDuration: true },
  };
  const page = swaggerUi.generateHTML(undefined, options);
  const router = Router();
  router.use(swaggerUi.serveFiles(undefined, options));
  router.get('/', (_request, response) => void response.type('html').send(page));
  return router;
}
