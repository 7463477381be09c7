/** Files: uploads and downloads. */
import type { StoredFile } from '../models/stored-file.js';
import type { CallOptions, Transport } from './transport.js';
import { type UploadContent, type UploadOptions, upload } from './upload.js';

export interface DownloadOptions extends CallOptions {
  /** Bytes from `start` to `end`, both included. Default: all. */
  range?: { start: number; end?: number };
}

export class Files {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** When it resolves, the file is in the store. */
  upload(content: UploadContent, options: UploadOptions = {}): Promise<StoredFile> {
    return upload(this.#transport, content, options);
  }

  /** The body is still to be read: `await (await files.download(id)).blob()`. */
  download(id: string, { range, signal }: DownloadOptions = {}): Promise<Response> {
    return this.#transport.send(`/api/files/${encodeURIComponent(id)}`, {
      headers: { range: range === undefined ? undefined : `bytes=${range.start}-${range.end ?? ''}` },
      timeoutMs: Infinity,
      signal,
    });
  }
}
