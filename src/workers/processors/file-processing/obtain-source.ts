/**
 * The file that a job works on. What comes by URL or in the request is first put into the store, as the job's
 * first file: so it is measured and refused by the same rules as an upload, and can be looked at later.
 */
import type { Readable } from 'node:stream';
import type { ProcessorContext } from '../../../models/job-type.js';
import { refuse } from '../../../models/remote-refusal.js';
import type { StoredFile } from '../../../models/stored-file.js';
import type { Source } from './payload.js';

export async function obtainSource(source: Source, context: ProcessorContext): Promise<StoredFile> {
  if (source.url !== undefined) return fetchSource(source.url, context);
  if (source.dataUri !== undefined) {
    const content = bytesOf(source.dataUri);
    return context.files.create('data', content);
  }
  return context.files.stat(source.fileId ?? '');
}

/** All bytes of a stored file. Node's own way goes through a Blob, and copies them twice. */
export async function contentOfFile(fileId: string, context: ProcessorContext): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await openFile(fileId, context)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The bytes of a stored file as a stream, which ends with the attempt. */
export async function openFile(fileId: string, { files, signal }: ProcessorContext): Promise<Readable> {
  const { stream } = await files.open(fileId);
  const stop = () => stream.destroy(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  stream.once('close', () => signal.removeEventListener('abort', stop));
  return stream;
}

async function fetchSource(url: string, context: ProcessorContext): Promise<StoredFile> {
  const response = await context.fetch(url);
  const { status } = response;
  if (status < 200 || status > 299) refuse(context, 'The server of the URL', response);
  return context.files.create(nameFrom(response.url), response.body);
}

function nameFrom(url: string): string {
  const lastPart = new URL(url).pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(lastPart);
  } catch {
    return lastPart;
  }
}

function bytesOf(dataUri: string): Buffer {
  const comma = dataUri.indexOf(',');
  const content = dataUri.slice(comma + 1);
  return dataUri.slice(0, comma).endsWith(';base64')
    ? Buffer.from(content, 'base64')
    : Buffer.from(percentDecoded(content), 'latin1');
}

/** To one character for each byte; a lone % stays. */
const percentDecoded = (text: string) =>
  Buffer.from(text, 'utf8')
    .toString('latin1')
    .replace(/%([0-9a-fA-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
