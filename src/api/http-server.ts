/**
 * The HTTP server around the app, with its time limits, and the answers to what is no HTTP request at all:
 * problems as well, where Node would answer nothing but a status line.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ErrorCode, errors } from '../models/errors.js';

/** A request's headers must be here within this time, all of it within the next; slow senders hold no socket. */
const headersTimeoutMs = 15_000;
const requestTimeoutMs = 300_000;

export function createHttpServer(app: RequestListener, basePath: string): Server {
  const server = createServer({ headersTimeout: headersTimeoutMs, requestTimeout: requestTimeoutMs }, app);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // A connection that the client broke off has nobody left to answer.
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const code = codeOf(error.code);
    answerRaw(socket, code, bodyOf(code, basePath));
  });
  server.on('checkExpectation', (_request, response) => {
    response.writeHead(errors.expectation_failed.status, { 'content-type': 'application/problem+json' });
    response.end(bodyOf('expectation_failed', basePath));
  });
  return server;
}

function codeOf(parserCode: string | undefined): ErrorCode {
  if (parserCode === 'HPE_HEADER_OVERFLOW') return 'headers_too_large';
  if (parserCode === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request_timeout';
  return 'invalid_request';
}

function bodyOf(code: ErrorCode, basePath: string): string {
  const { status, title, when } = errors[code];
  return JSON.stringify({
    type: `${basePath}/api/errors/${code}`,
    title,
    status,
    detail: when,
    instance: '',
    code,
  });
}

function answerRaw(socket: Duplex, code: ErrorCode, body: string): void {
  const lines = [
    `HTTP/1.1 ${errors[code].status} ${errors[code].title}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
