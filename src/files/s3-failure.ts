/**
 * What S3, or the network in between, answers, in the platform's terms:
 *
 * - no room, or a quota: `storage_full`
 * - what an operator has to put right (no such bucket, no right to it, a wrong key or region, a certificate):
 *   `internal_error`, with a cause that says so in the log
 * - what may pass (no connection, no answer in time, 5xx, throttling): `storage_unavailable`
 * - anything else as it came: a defect
 */
import { failure, isFailure } from '../models/failure.js';

const fullNames = /^(InsufficientStorage|InsufficientCapacity)$|Quota|StorageFull/;

const refusedNames = new Set([
  'NoSuchBucket',
  'InvalidBucketName',
  'AccessDenied',
  'AccountProblem',
  'AllAccessDisabled',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
  'RequestTimeTooSkewed',
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'CredentialsProviderError',
]);
const refusedStatuses = new Set([301, 307, 401, 403]);
const certificateCodes = /CERT|SELF_SIGNED|UNABLE_TO/;

const passingNames = new Set([
  // Of the time limits: whoever aborts for a reason of its own does not ask here.
  'AbortError',
  'TimeoutError',
  'RequestTimeout',
  'SlowDown',
  'NoSuchUpload',
]);
const passingCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** @param bucket Named in the log, and never to a client. */
export function s3Failure(error: unknown, bucket: string): unknown {
  if (isFailure(error) || !(error instanceof Error)) return error;
  const { name, message } = error;
  const code = 'code' in error ? String(error.code) : '';
  const status = statusOf(error);
  if (fullNames.test(name) || status === 507)
    return failure('storage_full', 'The file store has no room for this file.', { cause: error });
  if (refusedNames.has(name) || refusedStatuses.has(status) || certificateCodes.test(code))
    return failure(
      'internal_error',
      'The file store cannot be used for a reason of our own; the log has it.',
      {
        cause: new Error(
          `the bucket ${bucket} of FILES_URL cannot be used: ${name}: ${message}; look at its name, region and policy, and at the credentials`,
          { cause: error },
        ),
      },
    );
  if (passingNames.has(name) || passingCodes.has(code) || status === 408 || status === 429 || status >= 500)
    return failure('storage_unavailable', 'The file store does not answer; try again later.', {
      cause: error,
    });
  return error;
}

/** For `catch`: undefined where there is no such object, and any other error again. */
export function unlessAbsent(error: unknown): undefined {
  if (!(error instanceof Error) || error.name !== 'NoSuchKey') throw error;
}

/** Whether the condition of a conditional request did not hold, or could not be decided: somebody else was there. */
export const isLost = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'NoSuchKey' || [409, 412].includes(statusOf(error)) || error.name === 'PreconditionFailed');

/** Whether the server does not know the header of a condition. */
export const isNotImplemented = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'NotImplemented' || statusOf(error) === 501);

/** 0 where there was no answer. */
function statusOf(error: Error): number {
  const { $metadata: metadata } = error as { $metadata?: { httpStatusCode?: number } };
  return metadata?.httpStatusCode ?? 0;
}
