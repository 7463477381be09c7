/**
 * Puts jobs into Redis, each with all that is known of it, in one transaction and one round trip:
 *
 * 1. BullMQ's own script stores the job and makes it wait, for a worker, its time or its children,
 * 2. ours, once for each job, enters it into the lists by which it is found, gives it its turn, and tells of it.
 *
 * A tree is added as a whole or not at all. A job whose id is there already stays as it is.
 */
import { createIORedisClient, type IRedisClient, QueueKeys, type RedisQueueBackend } from 'bullmq';
import type { Connection } from '../connection.js';
import { emitLua } from '../events/emit.js';
import { type OwnKeys, queueKeys } from '../keys.js';
import { Script } from '../script.js';
import { ownFields } from '../stored-job.js';
import { setsOfNew } from '../tenants/tenant-sets.js';
import { takeTurnLua } from './fair-shares.js';
import { type Entry, entriesOf, factsOf, type NewJob, tellingOf } from './job-entry.js';

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

function enterInto(transaction: object, entry: Entry, { prefix, keys, eventsMax }: AddJobsParts): void {
  const { job, data, nowMs } = entry;
  const queue = queueKeys(prefix, job.type);
  const { expiresAt, deadlineMs } = job.options;
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
      tellingOf(entry),
      factsOf(entry),
      data.tenant ?? '',
    ],
  );
}
