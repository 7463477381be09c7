/**
 * Gives each request an id, the client's own where it is a reasonable one; it is on the answer, in every
 * problem and every log line, and goes with the job to the worker.
 */
import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';

const acceptable = /^[\w.:/-]{1,100}$/;

export const requestId: RequestHandler = (request, response, next) => {
  const given = request.get('X-Request-Id');
  response.setHeader('X-Request-Id', given !== undefined && acceptable.test(given) ? given : randomUUID());
  next();
};
