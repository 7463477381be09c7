/**
 * The HTTP server around the app, with its limits on connections, headers and time, and the answers to what is no HTTP
 * request at all: problems as well, where Node would answer nothing but a status line.
 */
import { createServer, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Config } from '../config.js';
import { type ErrorCode, errors } from '../models/errors.js';
import type { App } from './app.js';

/** Between two looks for requests that are late, in milliseconds, at the most. */
const lookEveryMsMax = 1_000;

/** For reading the answer to what was no request, in milliseconds. */
const lingerMs = 1_000;

export type HttpServerConfig = Pick<
  Config,
  | 'basePath'
  | 'headersBytesMax'
  | 'headersMax'
  | 'headersTimeoutMs'
  | 'requestTimeoutMs'
  | 'idleTimeoutMs'
  | 'connectionsMax'
  | 'waitMsMax'
  | 'eventHeartbeatMs'
>;

export function createHttpServer({ listener, born }: App, config: HttpServerConfig): Server {
  const { basePath, headersBytesMax, headersTimeoutMs, requestTimeoutMs, connectionsMax } = config;
  /** Connections that are one too many: whatever they still say is not for the app. */
  const surplus = new WeakSet<Duplex>();
  let open = 0;
  const server = createServer(
    {
      // The app looks for itself, and answers with a problem.
      requireHostHeader: false,
      ...born,
      maxHeaderSize: headersBytesMax,
      headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.min(lookEveryMsMax, headersTimeoutMs, requestTimeoutMs),
    },
    (request, response) => {
      if (!surplus.has(request.socket)) listener(request, response);
    },
  );
  // Node would drop those behind the last one without a word; one more is enough to see that there are too many.
  server.maxHeadersCount = config.headersMax + 1;
  server.timeout = idleMsOf(config);
  server.on('connection', (socket) => {
    open += 1;
    socket.once('close', () => {
      open -= 1;
    });
    if (open <= connectionsMax) return;
    surplus.add(socket);
    const detail = `This server holds ${connectionsMax} connections, its limit.`;
    answerRaw(socket, 'server_busy', bodyOf('server_busy', basePath, detail), ['Retry-After: 1']);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // A connection that the client broke off has nobody left to answer.
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const code = codeOf(error.code);
    answerRaw(socket, code, bodyOf(code, basePath, detailOf(code, config)));
  });
  server.on('checkExpectation', (_request, response) => {
    response.writeHead(errors.expectation_failed.status, { 'content-type': 'application/problem+json' });
    response.end(bodyOf('expectation_failed', basePath));
  });
  return server;
}

/** Whoever waits for a job hears nothing for as long as it waits, and a stream of events nothing between two beats. */
const idleMsOf = ({ idleTimeoutMs, waitMsMax, eventHeartbeatMs }: HttpServerConfig): number =>
  Math.max(idleTimeoutMs, waitMsMax + lookEveryMsMax, eventHeartbeatMs + lookEveryMsMax);

function codeOf(parserCode: string | undefined): ErrorCode {
  if (parserCode === 'HPE_HEADER_OVERFLOW') return 'headers_too_large';
  if (parserCode === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request_timeout';
  return 'invalid_request';
}

function detailOf(code: ErrorCode, config: HttpServerConfig): string | undefined {
  if (code === 'headers_too_large')
    return `The request line and the headers may have ${config.headersBytesMax} bytes together.`;
  if (code === 'request_timeout')
    return `The headers must be here within ${config.headersTimeoutMs} ms, all of the request within ${config.requestTimeoutMs} ms.`;
  return undefined;
}

function bodyOf(code: ErrorCode, basePath: string, detail: string = errors[code].when): string {
  const { status, title } = errors[code];
  return JSON.stringify({
    type: `${basePath}/api/errors/${code}`,
    title,
    status,
    detail,
    instance: '',
    code,
  });
}

function answerRaw(socket: Duplex, code: ErrorCode, body: string, headers: readonly string[] = []): void {
  const lines = [
    `HTTP/1.1 ${errors[code].status} ${errors[code].title}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    ...headers,
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
  // Closed at once, with bytes of the client unread, it would take the answer with it; the client may never close it.
  setTimeout(() => socket.destroy(), lingerMs).unref();
}
