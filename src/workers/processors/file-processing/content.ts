/**
 * Content that is streamed, never held: the source of operations that do not look into an image. What is done
 * to it is composed, and happens each time somebody reads it.
 */
import { createHash } from 'node:crypto';
import { type Duplex, pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { OperationOf } from './operations.js';

export interface Content {
  name: string;
  mediaType: string;
  /** From its first byte, each time. */
  open(): Promise<Readable>;
}

export const contentOf = (name: string, mediaType: string, bytes: Uint8Array): Content => ({
  name,
  mediaType,
  open: async () => Readable.from([bytes]),
});

/** The content, on its way through something that changes it. */
export const through =
  (content: Content, make: () => Duplex): (() => Promise<Readable>) =>
  async () => {
    const changed = make();
    // An error on the way destroys `changed` with it, and so reaches whoever reads.
    pipeline(await content.open(), changed, () => {});
    return changed;
  };

export const gzip = (content: Content, { level }: OperationOf<'gzip'>): Content => ({
  name: `${content.name}.gz`,
  mediaType: 'application/gzip',
  open: through(content, () => createGzip({ level })),
});

export async function checksums(
  content: Content,
  { algorithms }: OperationOf<'checksum'>,
  signal: AbortSignal,
): Promise<Partial<Record<(typeof algorithms)[number], string>>> {
  const hashes = [...new Set(algorithms)].map((algorithm) => [algorithm, createHash(algorithm)] as const);
  for await (const chunk of await content.open()) {
    signal.throwIfAborted();
    for (const [, hash] of hashes) hash.update(chunk);
  }
  return Object.fromEntries(hashes.map(([algorithm, hash]) => [algorithm, hash.digest('hex')]));
}
