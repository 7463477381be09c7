/**
 * The part of an attempt that is the same in the event loop and in a thread:
 *
 * 1. parse the payload again (this worker may be newer or older than the API that accepted it),
 * 2. run the processor,
 * 3. parse its result and hold it against the size limit,
 * 4. say what came of it, as a value: nothing is thrown from here.
 */
import type { z } from 'zod';
import { errors } from '../models/errors.js';
import { type Failure, failure, isFailure } from '../models/failure.js';
import type { JobType, ProcessorContext } from '../models/job-type.js';
import type { AttemptError, Outcome } from '../models/outcome.js';

export async function runAttempt(
  jobType: JobType,
  payload: unknown,
  context: ProcessorContext,
  resultBytesMax: number,
): Promise<Outcome> {
  try {
    const input = jobType.payload.safeParse(payload);
    if (!input.success) return failed('payload_invalid', wordsOf('payload', input.error));
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

/** Without a declaration a client could not look up what a code means. */
const isUndeclared = (thrown: unknown, { errors: declared }: JobType): thrown is Failure =>
  isFailure(thrown) && !Object.hasOwn(errors, thrown.code) && !Object.hasOwn(declared, thrown.code);

/** What an attempt ended in that was stopped from outside: `reason` is the Failure it was stopped with. */
export function stopped(reason: unknown): Outcome {
  return isFailure(reason) && reason.code === 'worker_stopped' ? { kind: 'handed_back' } : outcomeOf(reason);
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
): Outcome => ({
  kind: 'failed',
  error: { code, detail },
});

const wordsOf = (what: string, error: z.ZodError) =>
  error.issues
    .slice(0, 5)
    .map(({ path, message }) => `/${[what, ...path.map(String)].join('/')}: ${message}`)
    .join('; ');
