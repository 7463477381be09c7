/** The few things that the file store does with a bucket. Keys are below the prefix that is configured. */
import { Readable } from 'node:stream';
import { ByteBudget } from './byte-budget.js';
import type { ByteRange } from './file-store.js';
import { resumedDownload } from './resumed-download.js';
import { S3Connection, type S3ConnectionOptions } from './s3-connection.js';
import { isLost, isNotImplemented, s3Failure, unlessAbsent } from './s3-failure.js';
import { uploadToS3 } from './s3-upload.js';

export interface S3Text {
  text: string;
  /** Another one after each writing. */
  etag: string | undefined;
}

export interface S3Entry {
  key: string;
  /** When it was written, by the clock of S3. */
  modifiedMs: number;
}

/** Bytes of uploads in memory at once. */
const uploadBytesMax = 64 * 1024 * 1024;
/** For a request without much of a body, repetitions included. */
const requestMsMax = 10_000;

export class S3Bucket {
  readonly #connection: S3Connection;
  readonly #prefix: string;
  readonly #budget = new ByteBudget(uploadBytesMax);
  /** False once the server has said that it does not know conditional requests. */
  #hasConditions = true;

  constructor(options: S3ConnectionOptions) {
    this.#connection = new S3Connection(options);
    this.#prefix = options.location.prefix;
  }

  /** Of a small object; undefined where there is none. */
  read(key: string): Promise<S3Text | undefined> {
    return this.#connection.ask(
      async ({ client, sdk, abortSignal }) => {
        const command = new sdk.GetObjectCommand(this.#target(key));
        const answer = await client.send(command, { abortSignal }).catch(unlessAbsent);
        return answer && { text: (await answer.Body?.transformToString()) ?? '', etag: answer.ETag };
      },
      { timeoutMs: requestMsMax },
    );
  }

  /**
   * Writes a small object as a whole.
   *
   * @param replaced What it is to take the place of; undefined where nothing is to be there.
   * @param timeoutMs Repetitions included. Default: 10 s.
   * @returns False, and nothing written, where something else is there. A server without conditional requests never says so.
   */
  replace(key: string, text: string, replaced: S3Text | undefined): Promise<boolean> {
    return this.#unlessLost((has) =>
      this.#put(key, text, has ? (replaced ? { IfMatch: replaced.etag } : { IfNoneMatch: '*' }) : {}),
    );
  }

  /** Writes a small object, whatever is there. @param timeoutMs Repetitions included. */
  async put(key: string, text: string, timeoutMs: number): Promise<void> {
    await this.#put(key, text, {}, timeoutMs);
  }

  /** Copies a file of this machine. @throws The signal's reason when it is aborted, after clearing away what is there */
  async upload(key: string, path: string, size: number, signal?: AbortSignal): Promise<void> {
    const upload = { key: this.#prefix + key, path, size, ...(signal !== undefined && { signal }) };
    await uploadToS3(this.#connection, this.#budget, upload);
  }

  /** Part of an object that is never overwritten; undefined where there is none. */
  async download(key: string, range: ByteRange): Promise<Readable | undefined> {
    const from = (start: number) => this.#bytes(key, { ...range, start });
    const failed = (error: unknown) => s3Failure(error, this.#connection.bucket);
    const body = await from(range.start);
    if (body === undefined) return undefined;
    const again = async (offset: number) => {
      const rest = await from(range.start + offset);
      if (rest === undefined)
        throw failed(Object.assign(new Error('removed meanwhile'), { code: 'ECONNRESET' }));
      return rest;
    };
    return resumedDownload({ body, length: range.end - range.start + 1, again, failed });
  }

  /** True also where there was none. @param only False, and nothing removed, where something else is there. */
  remove(key: string, only?: S3Text): Promise<boolean> {
    return this.#unlessLost((has) =>
      this.#connection.ask(
        ({ client, sdk, abortSignal }) => {
          const condition = has && only !== undefined ? { IfMatch: only.etag } : {};
          return client.send(new sdk.DeleteObjectCommand({ ...this.#target(key), ...condition }), {
            abortSignal,
          });
        },
        { timeoutMs: requestMsMax },
      ),
    );
  }

  /** One page of the keys that begin so and come after another one, in their order. */
  async list(
    begin: string,
    after: string,
    keysMax: number,
  ): Promise<{ entries: S3Entry[]; isLast: boolean }> {
    const answer = await this.#connection.ask(
      ({ client, sdk, abortSignal }) =>
        client.send(
          new sdk.ListObjectsV2Command({
            Bucket: this.#connection.bucket,
            Prefix: this.#prefix + begin,
            // Not the token of the page before: a sweep goes on where an earlier one stopped.
            ...(after !== '' && { StartAfter: this.#prefix + after }),
            MaxKeys: keysMax,
          }),
          { abortSignal },
        ),
      { timeoutMs: requestMsMax },
    );
    const entries = (answer.Contents ?? []).map(({ Key = '', LastModified }) => ({
      key: Key.slice(this.#prefix.length),
      modifiedMs: LastModified?.getTime() ?? Number.POSITIVE_INFINITY,
    }));
    return { entries, isLast: answer.IsTruncated !== true };
  }

  #target(key: string) {
    return { Bucket: this.#connection.bucket, Key: this.#prefix + key };
  }

  #put(
    key: string,
    Body: string,
    condition: { IfMatch?: string | undefined; IfNoneMatch?: string },
    timeoutMs = requestMsMax,
  ) {
    return this.#connection.ask(
      ({ client, sdk, abortSignal }) =>
        client.send(
          new sdk.PutObjectCommand({
            ...this.#target(key),
            Body,
            ContentType: 'application/json',
            ...condition,
          }),
          { abortSignal },
        ),
      { timeoutMs },
    );
  }

  #bytes(key: string, { start, end }: ByteRange): Promise<Readable | undefined> {
    return this.#connection.ask(
      async ({ client, sdk, abortSignal }) => {
        const command = new sdk.GetObjectCommand({ ...this.#target(key), Range: `bytes=${start}-${end}` });
        const answer = await client.send(command, { abortSignal }).catch(unlessAbsent);
        if (answer === undefined) return undefined;
        if (!(answer.Body instanceof Readable)) throw new Error('S3 answered without a stream');
        if (!answer.ContentRange?.startsWith(`bytes ${start}-${end}/`)) {
          answer.Body.destroy();
          throw new Error(
            `S3 answered ${answer.ContentRange ?? 'all'} where the bytes ${start}-${end} were asked for`,
          );
        }
        return answer.Body;
      },
      { timeoutMs: requestMsMax },
    );
  }

  /** @param request Told whether the server knows conditions; asked again without when it turns out not to. */
  async #unlessLost(request: (hasConditions: boolean) => Promise<unknown>): Promise<boolean> {
    try {
      await request(this.#hasConditions);
      return true;
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      if (isLost(cause)) return false;
      if (!this.#hasConditions || !isNotImplemented(cause)) throw error;
      this.#hasConditions = false;
      return this.#unlessLost(request);
    }
  }
}
