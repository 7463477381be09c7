/**
 * `?dryRun=true`: everything that a submission does up to the point where something would be stored, and an answer
 * that says what that would be. What is wrong with it is answered as if it were meant.
 */
import type { Request } from 'express';
import { z } from 'zod';
import { jobPriorities, jobStatuses } from '../../models/job.js';
import { backoffSchema } from '../../models/policy.js';
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
  return parseQuery(querySchema, request).dryRun === 'true';
}

const plannedSchema = z.object({
  type: z.string(),
  version: z.int().min(1).describe('Of the type.'),
  payload: z.unknown().describe('As the type reads it, with its defaults. Stored is what was sent.'),
  queue: z
    .object({
      lane: z.enum(['short', 'long']),
      priority: z.enum(jobPriorities),
      fairnessKey: z.string().optional(),
    })
    .describe('Where it would wait.'),
  status: z
    .enum(jobStatuses)
    .describe('That it would have at first; with `reuse`, that the other job has now.'),
  scheduledFor: z.iso.datetime().optional().describe('When it might start.'),
  expiresAt: z.iso.datetime().optional().describe('It would fail if it had not started by then.'),
  deadlineAt: z.iso.datetime().optional().describe('It would fail if it had not completed by then.'),
  attempts: z.int().min(1).describe('Runs at the most.'),
  backoff: backoffSchema.describe('Between them.'),
  timeoutMs: z.int().min(1).describe('Longest time of one attempt, in milliseconds.'),
  get children(): z.ZodOptional<z.ZodArray<typeof plannedSchema>> {
    return z.array(plannedSchema).optional();
  },
});

// Not `.meta`, which names a copy: the schema refers to itself.
z.globalRegistry.add(plannedSchema, { id: 'PlannedJob', description: 'A job as it would be stored.' });

export const dryRunSchema = z
  .object({
    valid: z.literal(true).describe('What is not valid is answered with a problem.'),
    ...plannedSchema.shape,
    children: z.array(plannedSchema).optional().describe('In the order of the request.'),
    reuse: z
      .object({
        kind: z
          .enum(['idempotency_key', 'joined', 'cached'])
          .describe('This request had arrived before; or the same work is under way, or done.'),
        jobId: z.string(),
      })
      .optional()
      .describe('The job that would be answered in place of a new one.'),
  })
  .meta({ id: 'DryRun', description: 'What a submission would do.' });

export type DryRun = z.output<typeof dryRunSchema>;

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

function planOf(job: NewJob, payload: unknown, services: Services): z.output<typeof plannedSchema> {
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
