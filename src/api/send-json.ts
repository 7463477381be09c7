/**
 * A JSON answer in one write. Express's `json` asks on every answer for settings that are fixed here, and gives a tag to
 * what nobody can ask for again; this gives one where it is asked for, and answers 304 where the client has that.
 */
import { hash } from 'node:crypto';
import type { Response } from 'express';

export function sendJson(response: Response, status: number, body: unknown): void {
  send(response, status, JSON.stringify(body));
}

/** Of something that a client reads again and again. */
export function sendTagged(response: Response, body: unknown): void {
  const { req: request } = response;
  const text = JSON.stringify(body);
  response.setHeader('ETag', tagOf(text));
  if (isConditional(request.headers) && request.fresh) {
    response.statusCode = 304;
    return void response.end();
  }
  send(response, 200, text);
}

function send(response: Response, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  const bytes = Buffer.byteLength(text);
  response.setHeader('Content-Length', bytes);
  // In one piece with the headers, as text, and without the empty piece that `end` would put behind it: two are put together
  // byte by byte. Node drops it where the request is a HEAD.
  const { socket } = response;
  socket?.cork();
  // ASCII is the same in both, and need not be looked at once more.
  response.write(text, bytes === text.length ? 'latin1' : 'utf8');
  socket?.uncork();
  response.end();
}

/** Weak, in Express's form. */
const tagOf = (text: string) =>
  `W/"${Buffer.byteLength(text).toString(16)}-${hash('sha1', text, 'base64').slice(0, 27)}"`;

const isConditional = (headers: Response['req']['headers']) =>
  headers['if-none-match'] !== undefined || headers['if-modified-since'] !== undefined;
