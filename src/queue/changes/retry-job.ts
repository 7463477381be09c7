/**
 * Makes a failed or cancelled job wait again, in one step with all that follows: for its children or for a worker, in
 * its turn; its parent waits for it again. BullMQ's own script would let a worker take a parent before its children.
 */
import type { Job } from '../../models/job.js';
import { prefixOf } from '../../models/type-id.js';
import { emitLua, eventOf, eventText } from '../events/emit.js';
import { queueKeys } from '../keys.js';
import type { QueueAccess } from '../queue-access.js';
import { Script } from '../script.js';
import { ownFields } from '../stored-job.js';
import { takeTurnLua } from '../submission/fair-shares.js';
import { tenantLua } from '../tenants/tenant-sets.js';

/**
 * `moved`: it is not among the failed. `child_lost`: it cannot run, for it had failed for a child that is not retried.
 * `parent_started`: its parent has begun without it, and has not finished.
 */
export type Retried = 'retried' | 'moved' | 'child_lost' | 'parent_started';

const fieldsOfBefore = [
  ...['finishedOn', 'processedOn', 'failedReason', 'defa', 'stc', 'progress'],
  ...[ownFields.cancelRequested, ownFields.withdrawn, ownFields.held],
  ...[ownFields.expires, ownFields.deadline],
];

/**
 * KEYS job, failed, jobs by its error code, prioritized, shares, marker, waiting-children, dependencies, unsuccessful,
 * BullMQ's events, events, callbacks, then of its parent (or of nothing): job, waiting-children, dependencies,
 * unsuccessful, tolerated.
 * ARGV id, more attempts, fairness key, whether it has a callback, now, events kept, channel, event where it waits for a
 * worker, event where it waits for its children, its parent (or empty), its error code.
 */
const retry = new Script(
  'retry',
  `${emitLua}${takeTurnLua}${tenantLua}
  local id = ARGV[1]
  if not redis.call('ZSCORE', KEYS[2], id) then return 'moved' end
  if redis.call('ZCARD', KEYS[9]) > 0 then return 'child_lost' end
  local hasParent = redis.call('EXISTS', KEYS[13]) == 1
  if hasParent and redis.call('HEXISTS', KEYS[17], KEYS[1]) == 1
    and redis.call('HEXISTS', KEYS[13], 'finishedOn') == 0
    and not redis.call('ZSCORE', KEYS[14], ARGV[10]) then return 'parent_started' end
  redis.call('ZREM', KEYS[2], id)
  redis.call('ZREM', KEYS[3], id)
  local known = redis.call('HMGET', KEYS[1], 'atm', 'opts', 'priority', 'timestamp')
  local opts = cjson.decode(known[2])
  opts['attempts'] = tonumber(known[1] or 0) + tonumber(ARGV[2])
  redis.call('HSET', KEYS[1], 'opts', cjson.encode(opts), 'delay', 0)
  redis.call('HDEL', KEYS[1], ${fieldsOfBefore.map((name) => `'${name}'`).join()})
  if ARGV[4] == '1' then redis.call('ZADD', KEYS[12], known[4], id) end
  unfinishedOfTenant(KEYS[1], KEYS[11], id, ARGV[11], known[4])
  if hasParent and (redis.call('ZREM', KEYS[16], KEYS[1]) == 1 or redis.call('HDEL', KEYS[17], KEYS[1]) == 1) then
    redis.call('SADD', KEYS[15], KEYS[1])
  end
  local event = ARGV[8]
  if redis.call('SCARD', KEYS[8]) > 0 then
    redis.call('ZADD', KEYS[7], ARGV[5], id)
    event = ARGV[9]
  else
    redis.call('ZADD', KEYS[4], string.format('%.0f', tonumber(known[3]) * 2 ^ 32), id)
    takeTurn(KEYS[4], KEYS[5], id, ARGV[3])
    redis.call('ZADD', KEYS[6], 0, '0')
    redis.call('XADD', KEYS[10], 'MAXLEN', '~', 10000, '*', 'event', 'waiting', 'jobId', id, 'prev', 'failed')
  end
  emit(KEYS[11], ARGV[6], ARGV[7], id, event)
  return 'retried'`,
);

/** @param attempts That it gets beside those that it has made. @throws Failure `queue_unavailable` */
export async function retryJob(access: QueueAccess, job: Job, attempts: number): Promise<Retried> {
  const { connection, prefix, keys, eventsMax, now } = access;
  const { id, type, error, fairnessKey = '', callbackUrl, parentId = '' } = job;
  const queue = queueKeys(prefix, type);
  const parents = queueKeys(prefix, prefixOf(parentId) ?? '');
  const event = (status: 'pending' | 'blocked') =>
    eventText(eventOf({ kind: 'status', jobId: id, status }, now()));
  const answer = await access.ask(() =>
    retry.run(
      connection,
      [
        queue.job(id),
        queue.failed,
        keys.error(type, error?.code ?? ''),
        queue.prioritized,
        keys.shares(type),
        queue.marker,
        queue.waitingChildren,
        queue.dependencies(id),
        queue.unsuccessful(id),
        queue.events,
        keys.events,
        keys.callbacks,
        parents.job(parentId),
        parents.waitingChildren,
        parents.dependencies(parentId),
        parents.unsuccessful(parentId),
        parents.tolerated(parentId),
      ],
      [
        id,
        attempts,
        fairnessKey,
        callbackUrl === undefined ? 0 : 1,
        now(),
        eventsMax,
        keys.eventsOf(id),
        event('pending'),
        event('blocked'),
        parentId,
        error?.code ?? '',
      ],
    ),
  );
  return answer as Retried;
}
