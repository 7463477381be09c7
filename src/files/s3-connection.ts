/**
 * The way to S3: the client, loaded when it is first needed, and the time that one request may take. Everything
 * that goes wrong comes out in the platform's terms.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import type { S3Location } from '../files-url.js';
import { s3Failure } from './s3-failure.js';

type Sdk = typeof import('@aws-sdk/client-s3');

export interface S3ConnectionOptions {
  location: S3Location;
  /** As the AWS tools find them (environment, files, roles) when absent. */
  credentials?: { accessKeyId: string; secretAccessKey: string };
}

/** What a request is made with. */
export interface S3Parts {
  client: S3Client;
  sdk: Sdk;
  /** For `send`. */
  abortSignal: AbortSignal;
}

export interface AskOptions {
  /** Repetitions included. */
  timeoutMs: number;
  /** Ends the request; its reason is thrown. */
  signal?: AbortSignal;
}

/** A request that fails in passing is sent so often altogether. */
const attemptsMax = 3;
const connectMsMax = 2_000;
/** Until the head of an answer is there, the body of the request included. */
const answerMsMax = 60_000;

export class S3Connection {
  readonly #options: S3ConnectionOptions;
  #opened: Promise<Omit<S3Parts, 'abortSignal'>> | undefined;

  constructor(options: S3ConnectionOptions) {
    this.#options = options;
  }

  get bucket(): string {
    return this.#options.location.bucket;
  }

  /** @throws Failure; see `s3Failure` */
  async ask<Answer>(
    request: (parts: S3Parts) => Promise<Answer>,
    { timeoutMs, signal }: AskOptions,
  ): Promise<Answer> {
    signal?.throwIfAborted();
    const controller = new AbortController();
    const stop = () => controller.abort();
    signal?.addEventListener('abort', stop, { once: true });
    const timer = setTimeout(stop, timeoutMs);
    try {
      this.#opened ??= open(this.#options);
      return await request({ ...(await this.#opened), abortSignal: controller.signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw s3Failure(error, this.bucket);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    }
  }
}

async function open({ location, credentials }: S3ConnectionOptions): Promise<Omit<S3Parts, 'abortSignal'>> {
  const sdk = await import('@aws-sdk/client-s3');
  const { endpoint, forcePathStyle } = location;
  // Another server than Amazon's has no regions, and the signature needs one.
  const region = location.region ?? (endpoint === undefined ? undefined : 'us-east-1');
  // A download that waits for a slow client holds its socket, and must not make others wait.
  const agent = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY };
  const client = new sdk.S3Client({
    forcePathStyle,
    maxAttempts: attemptsMax,
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
    // It would hold back a body; what is read as a whole has its digest in the record.
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: connectMsMax,
      requestTimeout: answerMsMax,
      throwOnRequestTimeout: true,
      // A download may pause for as long as its client does.
      socketTimeout: 0,
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
  return { client, sdk };
}
