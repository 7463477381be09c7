/**
 * Puts jobs into Redis, each with all that is known of it, in one transaction and one round trip:
 *
 * 1. BullMQ's own script stores the job and makes it wait, for a worker, its time or its children,
 * 2. ours, once for each job, enters it into the lists by which it is found, gives it its turn, and tells of it.
 *
 * A tree is added as a whole or not at all. A job whose id is there already stays as it is.
 */
import { createIORedisClient, type IRedisClient, QueueKeys, type RedisQueueBackend } from 'bullmq';
import type { JobOptions, JobStatus } from '../../models/job.js';
import type { Policy } from '../../models/policy.js';
import type { TraceOrigin } from '../../tracing/traceparent.js';
import { currentOrigin } from '../../tracing/tracing.js';
import type { Connection } from '../connection.js';
import { emitLua, eventOf } from '../events/emit.js';
import { type OwnKeys, queueKeys } from '../keys.js';
import { Script } from '../script.js';
import { type JobData, ownFields } from '../stored-job.js';
import { setsOfNew } from '../tenants/tenant-sets.js';
import { priorityNumber, takeTurnLua } from './fair-shares.js';

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

export interface AddJobsParts {
  connection: Connection;
  prefix: string;
  keys: OwnKeys;
  /** Events that are kept. */
  eventsMax: number;
  now: () => number;
}

/**
 * What a job gets beside BullMQ's own, once: the field `in` says that it was done.
 *
 * KEYS job, created, prioritized, shares, deadlines, callbacks, events, gone, then a key for each tag, and those of its
 * tenant.
 * ARGV id, created, fairness key, expires, deadline (milliseconds or empty), callback (0 or 1), events kept, channel,
 * event, facts (or empty), tenant (or empty).
 * Returns 1, or 0 for a job that was there before.
 */
const enter = new Script(
  'enter',
  `${emitLua}${takeTurnLua}
  if redis.call('HEXISTS', KEYS[1], 'timestamp') == 0 then return redis.error_reply('the job was not stored') end
  if redis.call('HSETNX', KEYS[1], 'in', 1) == 0 then
    -- BullMQ has just made its parent wait for it once more, also where it has failed meanwhile.
    local known = redis.call('HMGET', KEYS[1], 'parentKey', 'finishedOn')
    if known[1] and known[2] then redis.call('SREM', known[1] .. ':dependencies', KEYS[1]) end
    return 0
  end
  local id, created = ARGV[1], ARGV[2]
  redis.call('ZADD', KEYS[2], created, id)
  for i = 9, #KEYS do redis.call('ZADD', KEYS[i], created, id) end
  if ARGV[11] ~= '' then
    redis.call('HSET', KEYS[1], '${ownFields.tenant}', ARGV[11])
    redis.call('ZREM', KEYS[8], ARGV[11] .. '/' .. id)
  end
  if ARGV[10] ~= '' then redis.call('HSET', KEYS[1], '${ownFields.facts}', ARGV[10]) end
  local expires, deadline = ARGV[4], ARGV[5]
  if expires ~= '' then redis.call('HSET', KEYS[1], '${ownFields.expires}', expires) end
  if deadline ~= '' then redis.call('HSET', KEYS[1], '${ownFields.deadline}', deadline) end
  local due = math.min(tonumber(expires) or math.huge, tonumber(deadline) or math.huge)
  if due < math.huge then redis.call('ZADD', KEYS[5], string.format('%.0f', due), id) end
  if ARGV[6] == '1' then redis.call('ZADD', KEYS[6], created, id) end
  redis.call('ZREM', KEYS[8], id)
  takeTurn(KEYS[3], KEYS[4], id, ARGV[3])
  emit(KEYS[7], ARGV[7], ARGV[8], id, ARGV[9])
  return 1`,
);

/** @returns For each job whether it is new, its children not counted. */
export async function addJobs(
  parts: AddJobsParts,
  backend: RedisQueueBackend,
  jobs: readonly NewJob[],
): Promise<boolean[]> {
  const { connection } = parts;
  enter.define(connection);
  const client: IRedisClient = createIORedisClient(connection);
  const transaction = client.multi();
  const entries = jobs.flatMap((job) => entriesOf(job, undefined, parts));
  for (const { stored, job, parentKey, isBlocked } of entries) {
    const keys = new QueueKeys(parts.prefix).getKeys(job.type);
    void backend.addJobToTransaction(
      transaction,
      stored,
      job.id,
      {
        ...(parentKey === undefined ? {} : { parentKey, parentDependenciesKey: `${parentKey}:dependencies` }),
        ...(isBlocked ? { addToWaitingChildren: true } : {}),
      },
      keys,
    );
  }
  for (const entry of entries) enterInto(transaction, entry, parts);
  const answers = (await transaction.exec()) ?? [];
  for (const [error] of answers) if (error) throw error;
  const isNew = entries.map(({ isRoot }, index) =>
    isRoot ? [answers[entries.length + index]?.[1] === 1] : [],
  );
  return isNew.flat();
}

interface Entry {
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
function entriesOf(job: NewJob, parent: NewJob | undefined, parts: AddJobsParts): Entry[] {
  const { id, type, version = 1, payload, options, policy, requestId, tenant, children = [] } = job;
  const nowMs = parts.now();
  const delayMs = delayOf(options, nowMs);
  const overrides = pick(options, ['backoff', 'timeoutMs', 'onFailure']);
  const data: JobData = {
    payload,
    ...(version === 1 ? {} : { version }),
    ...(requestId === undefined ? {} : { requestId }),
    ...currentOrigin(),
    ...(Object.keys(overrides).length === 0 ? {} : { options: overrides }),
    ...pick(options, ['tags', 'fairnessKey', 'callbackUrl']),
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

function enterInto(transaction: object, entry: Entry, { prefix, keys, eventsMax }: AddJobsParts): void {
  const { job, data, nowMs, isBlocked, delayMs } = entry;
  const queue = queueKeys(prefix, job.type);
  const { expiresAt, deadlineMs } = job.options;
  const status: JobStatus = isBlocked ? 'blocked' : delayMs > 0 ? 'scheduled' : 'pending';
  const event = eventOf({ kind: 'status', jobId: job.id, status }, nowMs);
  const {
    payload: _payload,
    requestId: _requestId,
    traceparent: _traceparent,
    tracestate: _tracestate,
    ...facts
  } = data;
  enter.queue(
    transaction,
    [
      queue.job(job.id),
      keys.created(job.type),
      queue.prioritized,
      keys.shares(job.type),
      keys.deadlines,
      keys.callbacks,
      keys.events,
      keys.gone,
      ...(data.tags ?? []).map(keys.tag),
      ...setsOfNew(keys, job.type, data),
    ],
    [
      job.id,
      nowMs,
      data.fairnessKey ?? '',
      expiresAt === undefined ? '' : Date.parse(expiresAt),
      deadlineMs === undefined ? '' : nowMs + deadlineMs,
      data.callbackUrl === undefined ? 0 : 1,
      eventsMax,
      keys.eventsOf(job.id),
      JSON.stringify(event),
      Object.keys(facts).length === 0 ? '' : JSON.stringify(facts),
      data.tenant ?? '',
    ],
  );
}

/** Milliseconds until it may start; 0 for now. */
export function delayOf({ delayMs, runAt }: JobOptions, nowMs: number): number {
  if (runAt !== undefined) return Math.max(0, Date.parse(runAt) - nowMs);
  return delayMs ?? 0;
}

function pick<Value extends object, Key extends keyof Value>(value: Value, keys: Key[]): Pick<Value, Key> {
  const present = keys.filter((key) => value[key] !== undefined).map((key) => [key, value[key]]);
  return Object.fromEntries(present) as Pick<Value, Key>;
}
