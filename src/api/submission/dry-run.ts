/**
 * `?dryRun=true`: everything that a submission does up to the point where something would be stored, and an answer
 * that says what that would be. What is wrong with it is answered as if it were meant.
 */
import type { Request } from 'express';
import { z } from 'zod';
import type { DryRun, PlannedJob as PlannedJobShown } from '../../models/dry-run.js';
import type { NewJob, Reused } from '../../queue/job-queue.js';
import { IdempotencyKeys, type KeyedRequest } from '../../queue/submission/idempotency-keys.js';
import { delayOf } from '../../queue/submission/job-entry.js';
import { reusableNow } from '../../queue/submission/reuse.js';
import type { Parameter, Services } from '../operation.js';
import { parseQuery } from '../query.js';
import { statusOf, statusOfNew } from './acceptance.js';
import { keyReused } from './keyed-request.js';
import type { PlannedJob } from './plan-job.js';

const truth = z.enum(['true', 'false']);
const querySchema = z.strictObject({ dryRun: truth.optional() });

export const dryRunParameter: Parameter = {
  name: 'dryRun',
  in: 'query',
  schema: truth.optional(),
  description: '`true`: answer what would happen, and store nothing.',
};

/** @throws Failure `validation_failed` also for any other parameter: a misspelt one would be no dry run */
export function isDryRun(request: Request): boolean {
  if (!request.url.includes('?')) return false;
  return parseQuery(querySchema, request).dryRun === 'true';
}

/**
 * @param keyed Where the request has an idempotency key.
 * @throws Failure `idempotency_key_reused`, `job_gone`, `queue_unavailable`
 */
export async function dryRunOf(
  planned: PlannedJob,
  keyed: KeyedRequest | undefined,
  services: Services,
): Promise<DryRun> {
  const reuse = await reuseOf(planned, keyed, services);
  const plan = planOf(planned.job, planned.parsedPayload, services);
  if (reuse === undefined) return { valid: true, ...plan };
  return { valid: true, ...plan, status: await statusOf(reuse.jobId, services.queue), reuse };
}

async function reuseOf(
  { job, work }: PlannedJob,
  keyed: KeyedRequest | undefined,
  { queue }: Services,
): Promise<{ kind: Reused; jobId: string } | undefined> {
  if (keyed !== undefined) {
    const claim = await new IdempotencyKeys(queue.access).look(keyed, job.id);
    if (claim === undefined) throw keyReused('idempotency key');
    if (claim.accepted) return { kind: 'idempotency_key', jobId: claim.id };
  }
  const found = work === undefined ? undefined : await reusableNow(queue.access, job.type, work);
  return found === undefined ? undefined : { kind: found.use, jobId: found.id };
}

function planOf(job: NewJob, payload: unknown, services: Services): PlannedJobShown {
  const { type, version = 1, options, policy, children = [] } = job;
  const nowMs = services.now();
  const status = statusOfNew(job, nowMs);
  return {
    type,
    version,
    payload,
    queue: {
      lane: policy.lane,
      priority: options.priority ?? 'normal',
      ...(options.fairnessKey === undefined ? {} : { fairnessKey: options.fairnessKey }),
    },
    status,
    ...(status === 'scheduled' ? { scheduledFor: iso(nowMs + delayOf(options, nowMs)) } : {}),
    ...(options.expiresAt === undefined ? {} : { expiresAt: iso(Date.parse(options.expiresAt)) }),
    ...(options.deadlineMs === undefined ? {} : { deadlineAt: iso(nowMs + options.deadlineMs) }),
    attempts: options.attempts ?? policy.attempts,
    backoff: { ...policy.backoff, ...options.backoff },
    timeoutMs: options.timeoutMs ?? policy.timeoutMs,
    ...(children.length === 0
      ? {}
      : { children: children.map((child) => planOf(child, payloadOf(child, services), services)) }),
  };
}

/** It was parsed before, with the whole request. */
function payloadOf({ type, payload }: NewJob, { registry }: Services): unknown {
  return registry.get(type)?.definition.payload.parse(payload);
}

const iso = (ms: number) => new Date(ms).toISOString();
