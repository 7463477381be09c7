/** A new job as it is stored: BullMQ's part, what we keep with it, and the event that tells of it. */
import type { RedisQueueBackend } from 'bullmq';
import type { JobOptions, JobStatus } from '../../models/job.js';
import type { Policy } from '../../models/policy.js';
import type { TraceOrigin } from '../../tracing/traceparent.js';
import { currentOrigin } from '../../tracing/tracing.js';
import { eventOf, eventText } from '../events/emit.js';
import type { JobData } from '../stored-job.js';
import { priorityNumber } from './fair-shares.js';

export interface NewJob {
  id: string;
  type: string;
  /** Of its type. Default: 1. */
  version?: number;
  payload: unknown;
  options: JobOptions;
  policy: Policy;
  requestId?: string;
  /** Whose job it is, where there are API keys. */
  tenant?: string;
  /** It is added only while its tenant has no more unfinished jobs than this, itself and its children included. */
  tenantJobsMax?: number;
  /** What its trace goes on from, where that is not what submits it. */
  origin?: TraceOrigin;
  /** Run before it, of any types. */
  children?: readonly NewJob[];
}

export interface EntryParts {
  prefix: string;
  now: () => number;
}

export interface Entry {
  job: NewJob;
  stored: Parameters<RedisQueueBackend['addJobToTransaction']>[1];
  data: JobData;
  nowMs: number;
  parentKey: string | undefined;
  isRoot: boolean;
  /** It has children. */
  isBlocked: boolean;
  delayMs: number;
}

/** Itself, and its descendants behind it: a parent must be there before its children. */
export function entriesOf(job: NewJob, parent: NewJob | undefined, parts: EntryParts): Entry[] {
  const { id, type, version = 1, payload, options, policy, requestId, tenant, children = [] } = job;
  const nowMs = parts.now();
  const delayMs = delayOf(options, nowMs);
  const data: JobData = {
    payload,
    ...(version === 1 ? {} : { version }),
    ...(requestId === undefined ? {} : { requestId }),
    ...currentOrigin(),
    ...optionsKept(options),
    ...(tenant === undefined ? {} : { tenant }),
    ...(options.expiresAt === undefined && options.deadlineMs === undefined ? {} : { timed: true }),
    ...(children.length === 0 ? {} : { children: children.map((child) => child.id) }),
  };
  const onFailure = options.onFailure === 'continue' ? ({ idof: true } as const) : ({ fpof: true } as const);
  const parentQueue = parent === undefined ? undefined : `${parts.prefix}:${parent.type}`;
  const parentKey = parent === undefined ? undefined : `${parentQueue}:${parent.id}`;
  const entry: Entry = {
    job,
    data,
    nowMs,
    parentKey,
    isRoot: parent === undefined,
    isBlocked: children.length > 0,
    delayMs,
    stored: {
      id,
      name: type,
      data: JSON.stringify(data),
      opts: {
        attempts: options.attempts ?? policy.attempts,
        backoff: { type: 'policy' },
        priority: priorityNumber(options.priority ?? 'normal'),
        ...(delayMs === 0 ? {} : { delay: delayMs }),
        ...(parent === undefined
          ? {}
          : options.onFailure === 'continue'
            ? { ignoreDependencyOnFailure: true }
            : { failParentOnFailure: true }),
      },
      progress: 0,
      attemptsMade: 0,
      attemptsStarted: 0,
      stalledCounter: 0,
      timestamp: nowMs,
      failedReason: '',
      returnvalue: '',
      ...(parent === undefined || parentQueue === undefined
        ? {}
        : { parent: { id: parent.id, queueKey: parentQueue, ...onFailure }, parentKey }),
    },
  };
  return [entry, ...children.flatMap((child) => entriesOf(child, job, parts))];
}

/** The event that tells of it, as JSON. */
export function tellingOf({ job, nowMs, isBlocked, delayMs }: Entry): string {
  const status: JobStatus = isBlocked ? 'blocked' : delayMs > 0 ? 'scheduled' : 'pending';
  return eventText(eventOf({ kind: 'status', jobId: job.id, status }, nowMs));
}

/** What lists show of its data beside what BullMQ's fields hold, as JSON; empty when nothing. */
export function factsOf({ data }: Pick<Entry, 'data'>): string {
  const {
    payload: _payload,
    requestId: _requestId,
    traceparent: _traceparent,
    tracestate: _tracestate,
    ...facts
  } = data;
  return Object.keys(facts).length === 0 ? '' : JSON.stringify(facts);
}

/** Milliseconds until it may start; 0 for now. */
export function delayOf({ delayMs, runAt }: JobOptions, nowMs: number): number {
  if (runAt !== undefined) return Math.max(0, Date.parse(runAt) - nowMs);
  return delayMs ?? 0;
}

/** What the request asked for; mostly nothing. */
function optionsKept(options: JobOptions): Pick<JobData, 'options' | 'tags' | 'fairnessKey' | 'callbackUrl'> {
  const { backoff, timeoutMs, onFailure, tags, fairnessKey, callbackUrl } = options;
  const overrides = {
    ...(backoff === undefined ? {} : { backoff }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(onFailure === undefined ? {} : { onFailure }),
  };
  return {
    ...(Object.keys(overrides).length === 0 ? {} : { options: overrides }),
    ...(tags === undefined ? {} : { tags }),
    ...(fairnessKey === undefined ? {} : { fairnessKey }),
    ...(callbackUrl === undefined ? {} : { callbackUrl }),
  };
}
