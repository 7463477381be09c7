/**
 * Requests and answers that are Express's from their birth. Express gives each of them its own prototype when it sees
 * it, and an object whose prototype was changed is slow for the rest of its life: half of what a request costs. Those
 * that are made with that prototype need no change, and all else stays as it is.
 *
 * Such an answer can also begin with headers that are the same on every one, spelt once. Node has no such thing: it checks
 * and spells each header of each answer. So they go right behind the status line, where Node stores the head of an answer.
 * That is a method of Node's own; in a version that has none, `takesFixedHead` is true of no answer.
 */
import { IncomingMessage, type ServerOptions, ServerResponse } from 'node:http';
import type { Express } from 'express';

export type Born = Required<Pick<ServerOptions, 'IncomingMessage' | 'ServerResponse'>>;

/** Lines of headers, each with its end, that go out with an answer before all that is set on it. */
const fixedHead = Symbol('fixedHead');
type HasHead = ServerResponse & { [fixedHead]?: string };

type StoreHeader = (this: ServerResponse, firstLine: string, headers: unknown) => void;
const storeHeader: unknown = Reflect.get(ServerResponse.prototype, '_storeHeader');
const isStoreHeader = (method: unknown): method is StoreHeader =>
  typeof method === 'function' && method.length === 2;

/** Of those that were born here, and of no others. */
export const takesFixedHead = (response: ServerResponse): boolean => fixedHead in response;

export function beginWith(response: HasHead, lines: string): void {
  response[fixedHead] = lines;
}

/** For `createServer`, and for no other app than this one. */
export function bornFor(app: Express): Born {
  class AppRequest extends IncomingMessage {}
  class AppResponse<Asked extends IncomingMessage> extends ServerResponse<Asked> {}
  if (isStoreHeader(storeHeader))
    Object.assign(AppResponse.prototype, {
      [fixedHead]: '',
      _storeHeader(this: HasHead, firstLine: string, headers: unknown) {
        storeHeader.call(this, `${firstLine}${this[fixedHead] ?? ''}`, headers);
      },
    });
  Object.setPrototypeOf(AppRequest.prototype, app.request);
  Object.setPrototypeOf(AppResponse.prototype, app.response);
  // What Express would give them is what they have.
  Object.assign(app, { request: AppRequest.prototype, response: AppResponse.prototype });
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse };
}
