/**
 * The part of an attempt that is the same in the event loop and in a thread:
 *
 * 1. upgrade a payload that an older version of the type accepted, and parse it again: this worker may be newer or
 *    older than the API that accepted it,
 * 2. run the processor,
 * 3. parse its result and hold it against the size limit,
 * 4. say what came of it, as a value: nothing is thrown from here.
 */
import type { z } from 'zod';
import { errors } from '../models/errors.js';
import { type Failure, failure, isFailure } from '../models/failure.js';
import type { JobType, ProcessorContext } from '../models/job-type.js';
import type { AttemptError, Outcome } from '../models/outcome.js';

/** A payload, and the version of the type that accepted it. */
export interface AcceptedPayload {
  payload: unknown;
  version: number;
}

export async function runAttempt(
  jobType: JobType,
  accepted: AcceptedPayload,
  context: ProcessorContext,
  resultBytesMax: number,
): Promise<Outcome> {
  try {
    const upgraded = upgrade(jobType, accepted);
    if ('outcome' in upgraded) return upgraded.outcome;
    const input = jobType.payload.safeParse(upgraded.payload);
    if (!input.success)
      return failed(
        'payload_invalid',
        `${wordsOf('payload', input.error)}${afterUpgrade(jobType, accepted)}`,
      );
    const output = jobType.result.safeParse(await jobType.run(input.data, context));
    if (!output.success) return failed('result_invalid', wordsOf('result', output.error));
    const bytes = Buffer.byteLength(JSON.stringify(output.data) ?? '');
    if (bytes > resultBytesMax)
      return failed(
        'result_too_large',
        `The result has ${bytes} bytes of JSON, the limit is ${resultBytesMax}; write it to a file instead.`,
      );
    return { kind: 'completed', result: output.data };
  } catch (error) {
    if (context.signal.aborted) return stopped(context.signal.reason);
    return outcomeOf(
      isUndeclared(error, jobType) ? new Error(`${jobType.type} does not declare ${error.message}`) : error,
    );
  }
}

/** An upgrade that throws will throw again: what it says is for the operator. */
function upgrade(
  jobType: JobType,
  { payload, version }: AcceptedPayload,
): { payload: unknown } | { outcome: Outcome } {
  if (version >= jobType.version) return { payload };
  try {
    return { payload: jobType.upgrade(payload, version) };
  } catch (thrown) {
    const detail = `Version ${version} of ${jobType.type} accepted the payload, and version ${jobType.version} cannot upgrade it.`;
    return { outcome: failed('payload_invalid', detail, stackOf(thrown)) };
  }
}

const afterUpgrade = (jobType: JobType, { version }: AcceptedPayload) =>
  version < jobType.version ? ` (upgraded from version ${version} to ${jobType.version})` : '';

/** Without a declaration a client could not look up what a code means. */
const isUndeclared = (thrown: unknown, { errors: declared }: JobType): thrown is Failure =>
  isFailure(thrown) && !Object.hasOwn(errors, thrown.code) && !Object.hasOwn(declared, thrown.code);

/** What an attempt ended in that was stopped from outside: `reason` is the Failure it was stopped with. */
export function stopped(reason: unknown): Outcome {
  if (!isFailure(reason)) return outcomeOf(reason);
  switch (reason.code) {
    case 'worker_stopped':
      return { kind: 'handed_back' };
    case 'cancelled':
      return { kind: 'cancelled', error: attemptErrorOf(reason) };
    default:
      return outcomeOf(reason);
  }
}

/** A Failure says itself whether to retry; anything else that is thrown is a defect, and may pass. */
function outcomeOf(thrown: unknown): Outcome {
  if (!isFailure(thrown)) {
    const { code, detail } = failure(
      'processor_error',
      'The processor threw an error that its type does not declare.',
    );
    return { kind: 'retry', error: { code, detail, internal: stackOf(thrown) } };
  }
  const error = attemptErrorOf(thrown);
  if (!thrown.retry) return { kind: 'failed', error };
  return {
    kind: 'retry',
    error,
    ...(thrown.retryAfterMs === undefined ? {} : { retryAfterMs: thrown.retryAfterMs }),
  };
}

const attemptErrorOf = ({ code, detail, cause }: Failure): AttemptError => ({
  code,
  detail,
  ...(cause === undefined ? {} : { internal: stackOf(cause) }),
});

const stackOf = (thrown: unknown) =>
  thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);

const failed = (
  code: 'payload_invalid' | 'result_invalid' | 'result_too_large',
  detail: string,
  internal?: string,
): Outcome => ({
  kind: 'failed',
  error: { code, detail, ...(internal === undefined ? {} : { internal }) },
});

const wordsOf = (what: string, error: z.ZodError) =>
  error.issues
    .slice(0, 5)
    .map(({ path, message }) => `/${[what, ...path.map(String)].join('/')}: ${message}`)
    .join('; ');
