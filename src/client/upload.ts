/**
 * An upload that tells how far it is. `fetch` tells that of a stream only, which browsers do not send over HTTP/1.1;
 * there it is an XMLHttpRequest.
 */
import type { StoredFile } from '../models/stored-file.js';
import { errorFrom, JobwrightConnectionError } from './errors.js';
import type { CallOptions, Transport } from './transport.js';

export type UploadContent = Blob | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

export interface Progress {
  sentBytes: number;
  /** Undefined of a stream. */
  totalBytes: number | undefined;
}

export interface UploadOptions extends CallOptions {
  /** Default: that of a `File`, else `file`. */
  name?: string;
  /** What the client takes it for; the server looks at the content. Default: that of a `Blob`, else none in particular. */
  mediaType?: string;
  /** Called as bytes leave. */
  onProgress?: (progress: Progress) => void;
}

export async function upload(
  transport: Transport,
  content: UploadContent,
  { name = nameOf(content), mediaType = mediaTypeOf(content), onProgress, signal }: UploadOptions,
): Promise<StoredFile> {
  const headers = { 'content-type': mediaType };
  const query = { name };
  const Xhr = Reflect.get(globalThis, 'XMLHttpRequest') as XhrConstructor | undefined;
  if (onProgress !== undefined && Xhr !== undefined && !(content instanceof ReadableStream)) {
    const target = { url: transport.urlOf('/api/files', query), headers: transport.headersOf({ headers }) };
    return sendByXhr(new Xhr(), target, content, onProgress, signal);
  }
  return transport.json('/api/files', {
    method: 'POST',
    query,
    headers,
    body: onProgress === undefined ? content : counted(content, onProgress),
    timeoutMs: Infinity,
    signal,
  });
}

const nameOf = (content: UploadContent) =>
  typeof File !== 'undefined' && content instanceof File ? content.name : 'file';

const mediaTypeOf = (content: UploadContent) =>
  (content instanceof Blob && content.type) || 'application/octet-stream';

function counted(
  content: UploadContent,
  onProgress: (progress: Progress) => void,
): ReadableStream<Uint8Array> {
  let sentBytes = 0;
  const totalBytes = sizeOf(content);
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      controller.enqueue(chunk);
      sentBytes += chunk.byteLength;
      onProgress({ sentBytes, totalBytes });
    },
  });
  const stream = content instanceof ReadableStream ? content : new Blob([content]).stream();
  return stream.pipeThrough(count);
}

function sizeOf(content: UploadContent): number | undefined {
  if (content instanceof ReadableStream) return undefined;
  return content instanceof Blob ? content.size : content.byteLength;
}

/** As much of it as is used here: Node's types have none. */
interface Xhr {
  status: number;
  statusText: string;
  responseText: string;
  readonly upload: { onprogress: ((event: { loaded: number; total: number }) => void) | null };
  onload: (() => void) | null;
  onerror: (() => void) | null;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  getResponseHeader(name: string): string | null;
  send(body: Blob | Uint8Array<ArrayBuffer>): void;
  abort(): void;
}

type XhrConstructor = new () => Xhr;

function sendByXhr(
  xhr: Xhr,
  { url, headers }: { url: string; headers: Readonly<Record<string, string>> },
  content: Blob | Uint8Array<ArrayBuffer>,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal | undefined,
): Promise<StoredFile> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      xhr.abort();
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', stop, { once: true });
    xhr.open('POST', url);
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = ({ loaded, total }) => onProgress({ sentBytes: loaded, totalBytes: total });
    xhr.onerror = () => {
      signal?.removeEventListener('abort', stop);
      reject(new JobwrightConnectionError('There was no answer to POST /api/files.'));
    };
    xhr.onload = () => {
      signal?.removeEventListener('abort', stop);
      if (xhr.status === 201) resolve(JSON.parse(xhr.responseText) as StoredFile);
      else void errorFrom(answerOf(xhr)).then(reject);
    };
    xhr.send(content);
  });
}

const answerOf = ({ status, statusText, responseText }: Xhr) =>
  new Response(responseText, { status, statusText });
