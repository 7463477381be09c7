/** Puts a planned job into the queue, once for its idempotency key where the request has one. */
import type { Request } from 'express';
import { z } from 'zod';
import type { JobQueue, NewJob, Submitted } from '../../queue/job-queue.js';
import type { KeyedRequest } from '../../queue/submission/idempotency-keys.js';
import type { SharedWork } from '../../queue/submission/reuse.js';
import { invalid } from '../explain.js';
import type { Parameter } from '../operation.js';
import { keyedRequest, keyLength, keyReused, mistakesInKey } from './keyed-request.js';

export const keyParameter: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  schema: z.string().min(keyLength.min).max(keyLength.max),
  description:
    'The same key and body give the same job, for 24 hours; the same key with another body is refused.',
};

/** @throws Failure `idempotency_key_reused`, `queue_unavailable` */
export async function submit(
  { job, work }: { job: NewJob; work?: SharedWork },
  keyed: KeyedRequest | undefined,
  queue: JobQueue,
): Promise<Submitted> {
  if (keyed !== undefined) {
    const submitted = await queue.submitOnce(job, keyed, work);
    if (submitted === undefined) throw keyReused('Idempotency-Key');
    return submitted;
  }
  if (work !== undefined) return queue.submitShared(job, work);
  await queue.submit(job);
  return { id: job.id };
}

/** By its header `Idempotency-Key`; undefined where it has none. @throws Failure `validation_failed` */
export function keyedBy(request: Request, client: string): KeyedRequest | undefined {
  const key = request.get('Idempotency-Key');
  if (key === undefined) return undefined;
  const mistakes = mistakesInKey(key, 'Idempotency-Key');
  if (mistakes.length > 0) throw invalid(mistakes);
  return keyedRequest(client, key, request.body);
}
