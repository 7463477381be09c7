/**
 * A failure that knows its code: thrown by whoever cannot go on, turned into an HTTP problem by the API or
 * into an outcome by the worker. Everything else that is thrown is a defect.
 */
import type { ErrorCode } from './errors.js';
import { errors } from './errors.js';

const brand = Symbol.for('jobwright.Failure');

export interface FailureOptions {
  /** Whether another attempt can help; the registry's word for this code when absent. */
  retry?: boolean;
  /** Not before this many milliseconds (a remote `Retry-After`). */
  retryAfterMs?: number;
  /** What the operator's log may have and the client may not. */
  cause?: unknown;
  /** Members for the problem object beside the standard ones, and headers for the answer. */
  errors?: readonly FieldError[];
  headers?: Readonly<Record<string, string>>;
}

/** One mistake in a request: where (RFC 6901 pointer), which, and in words. */
export interface FieldError {
  pointer: string;
  code: string;
  message: string;
}

export class Failure extends Error {
  readonly [brand] = true;
  readonly retry: boolean;
  readonly retryAfterMs: number | undefined;
  readonly errors: readonly FieldError[] | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;

  /** `detail` is for the client: what happened this time, with the limit or value concerned. */
  constructor(
    readonly code: string,
    readonly detail: string,
    options: FailureOptions = {},
  ) {
    super(`${code}: ${detail}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Failure';
    this.retry = options.retry ?? (Object.hasOwn(errors, code) ? errors[code as ErrorCode].retry : false);
    this.retryAfterMs = options.retryAfterMs;
    this.errors = options.errors;
    this.headers = options.headers;
  }
}

/** The platform's own failures: the code must be in the registry. */
export const failure = (code: ErrorCode, detail: string, options?: FailureOptions) =>
  new Failure(code, detail, options);

/** True for a `Failure` of any copy of this module, the compiled one and a plug-in's included. */
export const isFailure = (error: unknown): error is Failure =>
  typeof error === 'object' && error !== null && brand in error;
