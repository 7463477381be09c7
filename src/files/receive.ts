/** Streams bytes into a new file and onto the disk, and tells what the rest needs to know about them. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { failure } from '../models/failure.js';
import { headBytesMax } from './sniff.js';

export interface Received {
  size: number;
  /** In hexadecimal. */
  sha256: string;
  /** The first `headBytesMax` bytes, or all there are. */
  head: Uint8Array;
}

/**
 * @param path Must not exist.
 * @throws Failure `file_too_large` past `bytesMax` bytes; the rest of the stream is not read.
 */
export async function receive(
  content: Readable | Uint8Array,
  path: string,
  bytesMax = Number.POSITIVE_INFINITY,
): Promise<Received> {
  const file = await open(path, 'wx');
  try {
    const received = await copy(content, file, bytesMax);
    // Whoever is told that the file is there finds it after a power cut, too.
    await file.sync();
    return received;
  } finally {
    await file.close();
  }
}

async function copy(content: Readable | Uint8Array, file: FileHandle, bytesMax: number): Promise<Received> {
  const hash = createHash('sha256');
  const head: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of content instanceof Uint8Array ? [content] : content) {
    const bytes: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (size < headBytesMax) head.push(bytes.subarray(0, headBytesMax - size));
    size += bytes.length;
    if (size > bytesMax)
      throw failure('file_too_large', `The file is larger than the limit of ${bytesMax} bytes.`);
    hash.update(bytes);
    await file.writeFile(bytes);
  }
  return { size, sha256: hash.digest('hex'), head: Buffer.concat(head) };
}
