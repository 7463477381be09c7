/** Answers with JSON that is large and hardly changes, compressed for whoever takes it so. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Response } from 'express';

const compress = promisify(gzip);

export async function sendCompressed(response: Response, value: unknown): Promise<void> {
  const text = JSON.stringify(value);
  response.type('application/json').vary('Accept-Encoding');
  if (response.req.acceptsEncodings(['gzip', 'identity']) !== 'gzip') return void response.send(text);
  const bytes = await compress(text);
  response.set('Content-Encoding', 'gzip').send(bytes);
}
