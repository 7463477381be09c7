/**
 * Requests and answers that are Express's from their birth. Express gives each of them its own prototype when it sees
 * it, and an object whose prototype was changed is slow for the rest of its life: half of what a request costs. Those
 * that are made with that prototype need no change, and all else stays as it is.
 */
import { IncomingMessage, type ServerOptions, ServerResponse } from 'node:http';
import type { Express } from 'express';

export type Born = Required<Pick<ServerOptions, 'IncomingMessage' | 'ServerResponse'>>;

/** For `createServer`, and for no other app than this one. */
export function bornFor(app: Express): Born {
  class AppRequest extends IncomingMessage {}
  class AppResponse<Asked extends IncomingMessage> extends ServerResponse<Asked> {}
  Object.setPrototypeOf(AppRequest.prototype, app.request);
  Object.setPrototypeOf(AppResponse.prototype, app.response);
  // What Express would give them is what they have.
  Object.assign(app, { request: AppRequest.prototype, response: AppResponse.prototype });
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse };
}
