/**
 * A response's body, decoded and metered: the bytes on the wire and the bytes that they inflate to each stay
 * below the limit, so neither an endless body nor a small one that unpacks to gigabytes gets through.
 */
import type { Readable } from 'node:stream';
import { finished, pipeline, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

/** What `decodedBody` can undo; sent as Accept-Encoding. */
export const acceptEncoding = 'gzip, br';

const decoders: Record<string, () => Transform> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** True where `decodedBody` undoes this Content-Encoding. Any other is passed on as it came. */
export const decodes = (encoding: string | undefined): encoding is string =>
  encoding !== undefined && Object.hasOwn(decoders, encoding.trim().toLowerCase());

export interface BodyLimits {
  bytesMax: number;
  /** The error of a body that is larger. */
  tooLarge: () => Error;
  /** Turns whatever ended the stream into what its reader may see. */
  explain: (error: Error) => Error;
}

export function decodedBody(raw: Readable, encoding: string | undefined, limits: BodyLimits): Readable {
  const body = meter(limits);
  // A reader may be gone, or not there yet, when the exchange is cut; that must not end the process.
  body.on('error', () => {});
  body.once('close', () => raw.destroy());
  const settled = (error?: Error | null) => {
    // Explained before it reaches the body: a stream that breaks before it is read shows its first error.
    if (error) body.destroy(limits.explain(error));
  };
  if (decodes(encoding)) {
    const decoder = decoders[encoding.trim().toLowerCase()]?.() as Transform;
    pipeline(raw, meter(limits), decoder, settled).pipe(body);
  } else {
    finished(raw, settled);
    raw.pipe(body);
  }
  return body;
}

function meter({ bytesMax, tooLarge }: BodyLimits): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > bytesMax) done(tooLarge());
      else done(null, chunk);
    },
  });
}
