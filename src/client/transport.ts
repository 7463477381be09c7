/**
 * One request to the API: its URL, its key, its time limit, and what becomes of an answer that is no success. What
 * can be sent again without harm is, when there was no answer, or one that asks to come again.
 */
import { errorFrom, JobwrightConnectionError, JobwrightError } from './errors.js';
import { pause } from './pause.js';

export interface ClientOptions {
  /**
   * Where the API is, with its path prefix if it has one. Default: '', which is the origin of the page in a browser.
   *
   * @example 'https://jobs.example.com/jobwright'
   */
  url?: string;
  /** Sent in a header, never in a URL. Absent where the server has no keys. */
  apiKey?: string;
  /** Default: that of the platform. */
  fetch?: typeof fetch;
  /** Longest time to an answer, in milliseconds. Streams, uploads and downloads have none. Default: 30,000. */
  timeoutMs?: number;
  /** How often a request that can be sent again is. Default: 2. */
  retries?: number;
}

/** What every method takes. */
export interface CallOptions {
  signal?: AbortSignal;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Call extends CallOptions {
  /** Default: GET. */
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  query?: Query;
  headers?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON. */
  json?: unknown;
  body?: NonNullable<RequestInit['body']>;
  /** Infinity: it may take as long as it takes. Default: the client's. */
  timeoutMs?: number;
  /** Whether it can arrive twice without harm. Default: as its method says. */
  isRepeatable?: boolean;
  /** Statuses that are an answer beside 2xx. */
  answers?: readonly number[];
}

/** Longest wait before a request is sent again, in milliseconds. */
const pauseMsMax = 5_000;

export class Transport {
  readonly #url: string;
  readonly #apiKey: string | undefined;
  readonly #fetch: typeof fetch;
  readonly #timeoutMs: number;
  readonly #retries: number;

  constructor({ url = '', apiKey, fetch: own, timeoutMs = 30_000, retries = 2 }: ClientOptions) {
    this.#url = url.replace(/\/+$/, '');
    this.#apiKey = apiKey;
    // Called as a method, the browser's own would refuse.
    this.#fetch = own ?? ((...request) => fetch(...request));
    this.#timeoutMs = timeoutMs;
    this.#retries = retries;
  }

  /**
   * @throws JobwrightError for an answer that is none of 2xx, JobwrightConnectionError where there is none, and the
   *   reason of the signal
   */
  async send(path: string, call: Call = {}): Promise<Response> {
    const { method = 'GET', isRepeatable = method === 'GET' || method === 'DELETE', signal } = call;
    for (let sent = 1; ; sent++)
      try {
        return await this.#sendOnce(path, call);
      } catch (error) {
        signal?.throwIfAborted();
        if (!isRepeatable || sent > this.#retries || !isPassing(error)) throw error;
        await pause(pauseMs(error, sent), signal);
      }
  }

  /** The body of the answer. What it is, its operation says; the tests hold that against `openapi.yaml`. */
  async json<Answer>(path: string, call?: Call): Promise<Answer> {
    const response = await this.send(path, call);
    return (await response.json().catch((cause: unknown) => {
      call?.signal?.throwIfAborted();
      throw new JobwrightConnectionError(`The answer of ${path} has broken off.`, { cause });
    })) as Answer;
  }

  urlOf(path: string, query: Query = {}): string {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]));
    return `${this.#url}${path}${given.length === 0 ? '' : `?${search}`}`;
  }

  /** Of every request, in lower case. */
  headersOf({ headers = {}, json }: Pick<Call, 'headers' | 'json'>): Record<string, string> {
    const all = {
      ...(this.#apiKey === undefined ? {} : { authorization: `Bearer ${this.#apiKey}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    };
    return Object.fromEntries(
      Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
  }

  async #sendOnce(path: string, call: Call): Promise<Response> {
    const { method = 'GET', query, json, body, signal, timeoutMs = this.#timeoutMs, answers = [] } = call;
    const timeout = timeoutMs === Infinity ? [] : [AbortSignal.timeout(timeoutMs)];
    // The half duplex that a stream as the body needs is in no list of the browsers' types.
    const init: RequestInit & { duplex?: 'half' } = {
      method,
      headers: this.headersOf(call),
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(body === undefined ? {} : { body, duplex: 'half' }),
      signal: AbortSignal.any([...(signal === undefined ? [] : [signal]), ...timeout]),
    };
    const response = await this.#fetch(this.urlOf(path, query), init).catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw new JobwrightConnectionError(`There was no answer to ${method} ${path}.`, { cause });
    });
    if (response.ok || answers.includes(response.status)) return response;
    throw await errorFrom(response);
  }
}

/** It may go better in a moment. */
const isPassing = (error: unknown) =>
  error instanceof JobwrightConnectionError ||
  (error instanceof JobwrightError && [429, 502, 503, 504].includes(error.status));

const pauseMs = (error: unknown, sent: number) =>
  Math.min(pauseMsMax, (error instanceof JobwrightError && error.retryAfterMs) || 250 * 2 ** (sent - 1));
