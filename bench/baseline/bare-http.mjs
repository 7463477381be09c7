/**
 * No queue and no framework: reads the body, parses it, writes it back. What HTTP costs at the least.
 *
 *     node bench/baseline/bare-http.mjs
 */
import { createServer } from 'node:http';
import { ready } from './work.mjs';

const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const body = parts.length === 0 ? {} : JSON.parse(Buffer.concat(parts));
    const text = JSON.stringify(body);
    response.writeHead(request.method === 'POST' ? 202 : 200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    });
    response.end(text);
  });
});
server.listen(0, '127.0.0.1', () => ready(server));
