/**
 * The first half of every write: the content goes into a file of this machine that nobody sees yet, is looked at,
 * and what there is to know about it is told. What becomes of the file then is the store's affair.
 */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { cleanFileName } from './file-name.js';
import type { PresentRecord } from './file-record.js';
import type { FileToWrite } from './file-store.js';
import { inspect } from './inspect.js';
import { receive } from './receive.js';

export interface TakeInOptions {
  /** Where nothing is said of the file, in milliseconds. */
  retentionMs: number;
  /** Largest image: width times height times frames. */
  imagePixelsMax: number;
  now: () => number;
}

/**
 * @param path Must not exist; its folder is made. It is the caller's to remove, whatever happens.
 * @throws As `FileStore.write` does
 */
export async function takeIn(
  given: FileToWrite,
  path: string,
  options: TakeInOptions,
): Promise<PresentRecord['file']> {
  const { id, name, declaredMediaType, content, tenant, bytesMax, signal } = given;
  const { retentionMs = options.retentionMs } = given;
  // A stream may break before anybody reads it, which must not end the process; reading it tells.
  if (!(content instanceof Uint8Array)) content.on('error', () => {});
  const stop = () => content instanceof Uint8Array || content.destroy(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  try {
    signal?.throwIfAborted();
    await mkdir(dirname(path), { recursive: true });
    const { head, ...received } = await receive(content, path, bytesMax);
    const { imagePixelsMax } = options;
    const inspected = await inspect({ path, head, name, declaredMediaType, imagePixelsMax });
    const nowMs = options.now();
    return {
      id,
      name: cleanFileName(name),
      ...received,
      ...inspected,
      ...(tenant === undefined ? {} : { tenant }),
      createdAt: new Date(nowMs).toISOString(),
      expiresAt: new Date(nowMs + retentionMs).toISOString(),
    };
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
