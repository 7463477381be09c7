/** Headers against what others could do with an answer in a browser: Helmet's, the same on every answer. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { RequestHandler } from 'express';
import helmet from 'helmet';

export function securityHeaders(): RequestHandler {
  const headers = Object.entries(helmetHeaders());
  return (_request, response, next) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    next();
  };
}

/** The same as lines of an answer's head, for answers on which nobody sets any of them otherwise. */
export const securityLines = (): string =>
  Object.entries(helmetHeaders())
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');

/** Asked once: nothing in them depends on the request. */
function helmetHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  response.setHeader = (name, value) => {
    headers[name] = String(value);
    return response;
  };
  helmet(options)(request, response, (error) => {
    if (error) throw error;
  });
  return headers;
}

const options = {
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
