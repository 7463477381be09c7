/** A real HTTP server of the outside world on the loopback interface, which remembers what it was asked. */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface RemoteServer {
  /** `http://127.0.0.1:PORT` */
  origin: string;
  port: number;
  requests: IncomingMessage[];
  /** Resolves when no connection is open any more. */
  idle(): Promise<void>;
}

/** Runs until the test that called it is over. */
export async function remoteServer(handler: RequestListener): Promise<RemoteServer> {
  const requests: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  let onIdle = () => {};
  const server = createServer((request, response) => {
    requests.push(request);
    handler(request, response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) onIdle();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const idle = () =>
    new Promise<void>((resolve) => {
      onIdle = resolve;
      if (sockets.size === 0) resolve();
    });
  return { origin: `http://127.0.0.1:${port}`, port, requests, idle };
}
