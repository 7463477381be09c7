/**
 * A download that survives a broken connection: what is missing is asked for again, from where it broke off. It also
 * ends one that is silent, but only while somebody waits for bytes: a client may be as slow as it likes.
 */
import { Readable } from 'node:stream';

export interface Download {
  /** The first connection. */
  body: Readable;
  /** Of the whole download, in bytes. */
  length: number;
  /** Another connection, from so many bytes after the start of this download. */
  again: (offset: number) => Promise<Readable>;
  /** What is thrown when it is given up. */
  failed: (error: unknown) => unknown;
}

const resumesMax = 3;
/** Without a byte for this long, a connection counts as broken. */
const silentMsMax = 20_000;

export function resumedDownload({ body: first, length, again, failed }: Download): Readable {
  let body = heeded(first);
  const stream = Readable.from(bytes(), { objectMode: false });
  // Also when nobody has read it.
  stream.once('close', () => body.destroy());
  return stream;

  async function* bytes(): AsyncGenerator<Uint8Array> {
    let received = 0;
    for (let resumes = 0; ; resumes++) {
      try {
        for await (const chunk of watched(body)) {
          received += chunk.length;
          yield chunk;
        }
        if (received >= length) return;
        throw broken('ECONNRESET', `the answer ended after ${received} of ${length} bytes`);
      } catch (error) {
        if (received >= length) return;
        if (stream.destroyed) throw error;
        if (resumes === resumesMax) throw failed(error);
        body.destroy();
        body = heeded(await again(received));
      }
    }
  }
}

/** One may break before anybody reads it, which must not end the process; reading it tells. */
const heeded = (body: Readable) => body.on('error', () => {});

async function* watched(body: Readable): AsyncGenerator<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]();
  for (;;) {
    const silent = setTimeout(() => body.destroy(tooSilent()), silentMsMax).unref();
    const { done, value } = await chunks.next().finally(() => clearTimeout(silent));
    if (done) return;
    yield value;
  }
}

const tooSilent = () => broken('ETIMEDOUT', `no byte for ${silentMsMax} ms`);

const broken = (code: string, message: string) => Object.assign(new Error(message), { code });
