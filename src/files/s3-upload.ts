/**
 * Copies a file of this machine to S3: small ones with one request, large ones in parts, a few at a time. Only parts
 * that are under way are in memory, within a budget that all uploads of the process share.
 *
 * Not the SDK's own `Upload`: that one does not end a request that is under way when it is aborted, and does not
 * wait for what it leaves behind to be cleared away.
 */
import { open } from 'node:fs/promises';
import type { ByteBudget } from './byte-budget.js';
import type { S3Connection } from './s3-connection.js';

export interface S3Upload {
  key: string;
  /** Of the file on this machine. */
  path: string;
  /** In bytes. */
  size: number;
  /** Aborted, nothing of it is left, unless the last request was already sent. */
  signal?: AbortSignal;
}

const partBytesMin = 8 * 1024 * 1024;
/** S3 takes no more. */
const partsMax = 10_000;
const partsAtOnce = 2;
/** For the bytes of one part, or of a small file, repetitions included. */
const partMsMax = 180_000;
const commandMsMax = 60_000;

export async function uploadToS3(
  connection: S3Connection,
  budget: ByteBudget,
  { key, path, size, signal }: S3Upload,
): Promise<void> {
  const { bucket: Bucket } = connection;
  const target = { Bucket, Key: key };
  const partBytes = Math.max(partBytesMin, Math.ceil(size / partsMax));
  const file = await open(path);
  try {
    if (size <= partBytes)
      await withBytes(0, size, (Body) =>
        connection.ask(
          ({ client, sdk, abortSignal }) =>
            client.send(new sdk.PutObjectCommand({ ...target, Body }), { abortSignal }),
          { timeoutMs: partMsMax, signal },
        ),
      );
    else await inParts();
  } finally {
    await file.close();
  }

  async function inParts(): Promise<void> {
    const { UploadId } = await connection.ask(
      ({ client, sdk, abortSignal }) =>
        client.send(new sdk.CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm: 'CRC32' }), {
          abortSignal,
        }),
      { timeoutMs: commandMsMax, signal },
    );
    try {
      const Parts = await sendParts(UploadId);
      await connection.ask(
        ({ client, sdk, abortSignal }) =>
          client.send(
            new sdk.CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }),
            { abortSignal },
          ),
        { timeoutMs: commandMsMax, signal },
      );
    } catch (error) {
      // Else the parts stay, unseen, and are paid for. What cannot be cleared away now is a lifecycle rule's affair.
      await connection
        .ask(
          ({ client, sdk, abortSignal }) =>
            client.send(new sdk.AbortMultipartUploadCommand({ ...target, UploadId }), { abortSignal }),
          { timeoutMs: commandMsMax },
        )
        .catch(() => {});
      throw error;
    }
  }

  async function sendParts(UploadId: string | undefined) {
    const count = Math.ceil(size / partBytes);
    const sent: { PartNumber: number; ETag?: string; ChecksumCRC32?: string }[] = [];
    const stopped = new AbortController();
    const stop = () => stopped.abort(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
    let next = 0;
    const sender = async () => {
      for (let index = next++; index < count; index = next++) {
        const start = index * partBytes;
        const PartNumber = index + 1;
        const { ETag, ChecksumCRC32 } = await withBytes(start, Math.min(partBytes, size - start), (Body) =>
          connection.ask(
            ({ client, sdk, abortSignal }) =>
              client.send(
                new sdk.UploadPartCommand({
                  ...target,
                  UploadId,
                  PartNumber,
                  Body,
                  ChecksumAlgorithm: 'CRC32',
                }),
                { abortSignal },
              ),
            { timeoutMs: partMsMax, signal: stopped.signal },
          ),
        );
        sent[index] = { PartNumber, ETag, ...(ChecksumCRC32 !== undefined && { ChecksumCRC32 }) };
      }
    };
    try {
      const senders = Array.from({ length: partsAtOnce }, () =>
        sender().catch((error: unknown) => {
          // The other one need not finish its part.
          stopped.abort(error);
          throw error;
        }),
      );
      const ends = await Promise.allSettled(senders);
      const failed = ends.find((end) => end.status === 'rejected');
      if (failed !== undefined) throw stopped.signal.reason;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
    return sent;
  }

  async function withBytes<Answer>(
    start: number,
    length: number,
    use: (bytes: Uint8Array) => Promise<Answer>,
  ): Promise<Answer> {
    const giveBack = await budget.take(length);
    try {
      const bytes = Buffer.allocUnsafe(length);
      for (let read = 0; read < length; ) {
        const { bytesRead } = await file.read(bytes, read, length - read, start + read);
        if (bytesRead === 0) throw new Error(`${path} has become shorter while it was uploaded`);
        read += bytesRead;
      }
      return await use(bytes);
    } finally {
      giveBack();
    }
  }
}
