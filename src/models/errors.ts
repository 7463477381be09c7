/**
 * The one registry of the platform's errors. A code is stable for ever and is never reused for something
 * else. `status` is the HTTP status of an answer that carries it; `retry` says whether an attempt that ends
 * in it is worth repeating. The codes of one job type's permanent failures live in that type's own file.
 * `docs/errors.md` is held against this table by a test, in both directions.
 */
export interface ErrorDefinition {
  /** HTTP status of an answer with this code, and the `status` member of a job's error. */
  status: number;
  /** The same few words for every occurrence (RFC 9457, `title`). */
  title: string;
  /** Whether the platform repeats an attempt that ended in it. */
  retry: boolean;
  /** When it happens, and what to do: one sentence for the documentation. */
  when: string;
}

const define = <Code extends string>(table: Record<Code, ErrorDefinition>) => table;

export const errors = define({
  // The request cannot be read.
  invalid_json: {
    status: 400,
    title: 'The body is not valid JSON',
    retry: false,
    when: 'The body cannot be parsed as JSON; the detail says where it breaks.',
  },
  invalid_encoding: {
    status: 400,
    title: 'The body is not valid UTF-8',
    retry: false,
    when: 'The body holds bytes that are not UTF-8.',
  },
  invalid_body: {
    status: 400,
    title: 'The body is not a JSON object',
    retry: false,
    when: 'The body is empty, or a bare string, number or boolean.',
  },
  invalid_upload: {
    status: 400,
    title: 'The upload cannot be read',
    retry: false,
    when: 'The multipart body is malformed, holds no file, or more than one.',
  },
  invalid_request: {
    status: 400,
    title: 'The request cannot be read',
    retry: false,
    when: 'The path or the headers are malformed, or the client stopped sending before the body was complete.',
  },
  headers_too_large: {
    status: 431,
    title: 'The headers are too large',
    retry: false,
    when: 'The request line and the headers have more bytes, or the headers are more, than the limit that the detail states.',
  },
  url_too_long: {
    status: 414,
    title: 'The URL is too long',
    retry: false,
    when: 'The path and the query have more characters than the limit that the detail states.',
  },
  request_timeout: {
    status: 408,
    title: 'The request took too long to arrive',
    retry: false,
    when: 'The headers or the body were not there in time.',
  },
  expectation_failed: {
    status: 417,
    title: 'The expectation cannot be met',
    retry: false,
    when: 'The `Expect` header asks for something other than `100-continue`.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The media type is not supported',
    retry: false,
    when: 'The Content-Type, its charset, or the Content-Encoding is not one that this operation reads.',
  },
  payload_too_large: {
    status: 413,
    title: 'The body is too large',
    retry: false,
    when: 'The body, or what it inflates to, is over the limit that the detail states.',
  },
  too_many_items: {
    status: 413,
    title: 'The batch has too many items',
    retry: false,
    when: 'The item, and all behind it, are beyond the limit of one batch that the detail states; send them in another.',
  },

  // Who sends it, and what that client may do.
  unauthenticated: {
    status: 401,
    title: 'An API key is needed',
    retry: false,
    when: 'The request has no API key, or one that is unknown, was withdrawn or has expired.',
  },
  forbidden: {
    status: 403,
    title: 'The API key does not allow this',
    retry: false,
    when: 'The key lacks the scope that the detail names, is limited to other job types, or the request is sent by a page of another origin.',
  },
  misdirected_request: {
    status: 421,
    title: 'This server does not go by that name',
    retry: false,
    when: 'The Host header names a host that is not in `ALLOWED_HOSTS`; without API keys only addresses and `localhost` are.',
  },
  quota_exceeded: {
    status: 429,
    title: 'The quota is used up',
    retry: false,
    when: 'The tenant has as many unfinished jobs, or has uploaded as many bytes today, as the limit that the detail states.',
  },

  // The request can be read, and is wrong.
  json_too_deep: {
    status: 422,
    title: 'The JSON is nested too deeply',
    retry: false,
    when: 'The body has more levels of arrays and objects than the limit that the detail states.',
  },
  json_too_large: {
    status: 422,
    title: 'The JSON has too large a part',
    retry: false,
    when: 'A text, a name, an array or an object of the body is larger than the limit that the detail states.',
  },
  validation_failed: {
    status: 422,
    title: 'The request is not valid',
    retry: false,
    when: 'One or more values break the contract; `errors` lists all of them, each with a JSON Pointer.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'The idempotency key was used for another request',
    retry: false,
    when: 'The same `Idempotency-Key` arrived earlier with a different body.',
  },
  not_found: {
    status: 404,
    title: 'There is nothing here',
    retry: false,
    when: 'No operation has this path.',
  },
  job_not_found: {
    status: 404,
    title: 'There is no such job',
    retry: false,
    when: 'No job has this id, or it was removed so long ago that nothing remembers it.',
  },
  job_gone: {
    status: 410,
    title: 'The job is gone',
    retry: false,
    when: 'The job was deleted, or removed after its retention.',
  },
  job_not_cancellable: {
    status: 409,
    title: 'The job cannot be cancelled',
    retry: false,
    when: 'The job has finished; only one that has not can be cancelled.',
  },
  job_not_retryable: {
    status: 409,
    title: 'The job cannot be retried',
    retry: false,
    when: 'Only a failed or cancelled job can be retried, and this one is neither.',
  },
  job_not_scheduled: {
    status: 409,
    title: 'The job is not waiting for its time',
    retry: false,
    when: 'Only a job that is scheduled, or waits out a backoff, can be promoted.',
  },
  job_not_waiting: {
    status: 409,
    title: 'The job is not waiting',
    retry: false,
    when: 'The priority of a job can be changed only before it runs.',
  },
  job_not_finished: {
    status: 409,
    title: 'The job has not finished',
    retry: false,
    when: 'Only a finished job can be deleted (cancel it first), and only its end can be told again.',
  },
  schedule_not_found: {
    status: 404,
    title: 'There is no such schedule',
    retry: false,
    when: 'No schedule has this id.',
  },
  schedule_exists: {
    status: 409,
    title: 'The schedule exists with another definition',
    retry: false,
    when: 'A schedule of this id exists and differs; change it with PATCH, or delete it first.',
  },
  too_many_schedules: {
    status: 409,
    title: 'There are too many schedules',
    retry: false,
    when: 'There are as many schedules as the limit that the detail states.',
  },
  callbacks_not_configured: {
    status: 422,
    title: 'Callbacks cannot be signed',
    retry: false,
    when: 'A callback is asked for or due, and the server has no `WEBHOOK_SECRETS` to sign it with.',
  },
  callback_not_requested: {
    status: 422,
    title: 'The job has no callback',
    retry: false,
    when: 'The job was submitted without a `callbackUrl`: there is nowhere to deliver to.',
  },
  type_not_found: {
    status: 404,
    title: 'There is no such job type',
    retry: false,
    when: 'No job type of this name is registered.',
  },
  error_not_found: {
    status: 404,
    title: 'There is no such error code',
    retry: false,
    when: 'No error of this code is registered.',
  },
  file_not_found: { status: 404, title: 'There is no such file', retry: false, when: 'No file has this id.' },
  file_not_ready: {
    status: 409,
    title: 'The file is not there yet',
    retry: false,
    when: 'The job that produces the file has not finished.',
  },
  file_gone: {
    status: 410,
    title: 'The file is gone',
    retry: false,
    when: 'The file was removed after its retention.',
  },
  range_not_satisfiable: {
    status: 416,
    title: 'The range cannot be satisfied',
    retry: false,
    when: 'The Range header lies outside the file.',
  },
  method_not_allowed: {
    status: 405,
    title: 'The method is not allowed here',
    retry: false,
    when: 'The path exists and does not have this method; `Allow` lists those it has.',
  },
  server_busy: {
    status: 503,
    title: 'The server has too much to do',
    retry: false,
    when: 'This server has as many requests under way, or connections open, as it may; `Retry-After` says when to try again.',
  },
  too_many_streams: {
    status: 503,
    title: 'Too many event streams are open',
    retry: false,
    when: 'This server holds as many streams of events as it may; `Retry-After` says when to try again.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    retry: false,
    when: 'This client sent more requests than its limit; `Retry-After` says when to come back.',
  },

  // Files.
  empty_file: { status: 422, title: 'The file is empty', retry: false, when: 'An upload of zero bytes.' },
  file_too_large: {
    status: 413,
    title: 'The file is too large',
    retry: false,
    when: 'The file, an upload or one that a job writes, is larger than the limit that the detail states.',
  },
  image_too_large: {
    status: 422,
    title: 'The image has too many pixels',
    retry: false,
    when: 'Width times height is over the pixel limit that the detail states.',
  },
  svg_not_accepted: {
    status: 415,
    title: 'SVG is not accepted',
    retry: false,
    when: 'The content is SVG, whatever its name says.',
  },
  content_mismatch: {
    status: 415,
    title: 'The content is not what the name says',
    retry: false,
    when: 'The name or media type says image and the bytes say something else.',
  },
  storage_full: {
    status: 507,
    title: 'The file store is full',
    retry: true,
    when: 'The file store has no room for the file.',
  },
  storage_unavailable: {
    status: 503,
    title: 'The file store is not available',
    retry: true,
    when: 'The file store did not answer in time, or could not serve the request.',
  },

  // The server cannot.
  queue_unavailable: {
    status: 503,
    title: 'The queue is not available',
    retry: true,
    when: 'Redis did not answer in time. Send a submission again with the same `Idempotency-Key`: it makes no second job.',
  },
  internal_error: {
    status: 500,
    title: 'Something went wrong here',
    retry: true,
    when: 'A defect of the server; its log has the request id.',
  },

  // What a job can end in without its processor.
  cancelled: {
    status: 409,
    title: 'The job was cancelled',
    retry: false,
    when: 'A client cancelled the job, or the job whose child it is.',
  },
  expired: {
    status: 410,
    title: 'The job expired',
    retry: false,
    when: 'No worker had started the job by its `expiresAt`; it was never run.',
  },
  deadline_exceeded: {
    status: 504,
    title: 'The job took too long altogether',
    retry: false,
    when: 'The job had not completed, with all its attempts and waits, within its `deadlineMs`.',
  },
  child_failed: {
    status: 424,
    title: 'A child of the job failed',
    retry: false,
    when: 'A child failed or was cancelled, and its `onFailure` is `fail`; the detail names it.',
  },

  // What an attempt can end in, whatever its type.
  payload_invalid: {
    status: 422,
    title: 'The payload no longer fits its type',
    retry: false,
    when: "The stored payload does not pass the type's schema in the worker, which is newer or older than the API, or cannot be upgraded to it.",
  },
  result_invalid: {
    status: 500,
    title: 'The result does not fit its type',
    retry: false,
    when: "The processor returned something that does not pass the type's result schema.",
  },
  result_too_large: {
    status: 500,
    title: 'The result is too large',
    retry: false,
    when: 'The result, as JSON, is over the limit that the detail states; large results belong into files.',
  },
  processor_error: {
    status: 500,
    title: 'The processor stopped with an unexpected error',
    retry: true,
    when: 'The processor threw an error that it did not declare; the worker log has it.',
  },
  attempt_timeout: {
    status: 504,
    title: 'The attempt took too long',
    retry: true,
    when: 'The attempt ran longer than `timeoutMs`, and was stopped.',
  },
  worker_stopped: {
    status: 503,
    title: 'The worker was stopped',
    retry: true,
    when: 'The worker shut down before the attempt finished; another worker takes the job.',
  },
  worker_lost: {
    status: 500,
    title: 'The worker was lost',
    retry: false,
    when: 'The worker died while it had the job, more often than a job may lose its worker.',
  },

  // Calls to the outside world on behalf of a client.
  url_not_allowed: {
    status: 422,
    title: 'The URL is not allowed',
    retry: false,
    when: 'The URL is not http(s), carries credentials, or names a port that is not allowed.',
  },
  address_not_public: {
    status: 422,
    title: 'The address is not public',
    retry: false,
    when: 'The host is, or resolves to, a private, loopback, link-local or reserved address.',
  },
  too_many_redirects: {
    status: 422,
    title: 'Too many redirects',
    retry: false,
    when: 'The URL redirects more often than the limit.',
  },
  response_too_large: {
    status: 422,
    title: 'The response is too large',
    retry: false,
    when: 'The remote server sent more bytes than the limit.',
  },
  response_timeout: {
    status: 504,
    title: 'The remote server took too long',
    retry: true,
    when: 'The remote server did not finish its response in time.',
  },
  connection_failed: {
    status: 502,
    title: 'The remote server cannot be reached',
    retry: true,
    when: 'The name does not resolve, or the connection failed or broke.',
  },
  remote_error: {
    status: 502,
    title: 'The remote server failed',
    retry: true,
    when: 'The remote server answered 429 or 5xx, or a callback 408, 409 or 425; its Retry-After is honoured.',
  },
  remote_refused: {
    status: 422,
    title: 'The remote server refused the request',
    retry: false,
    when: 'The remote server answered a 4xx status other than those of `remote_error`, or a redirect that is not followed.',
  },
});

export type ErrorCode = keyof typeof errors;
