/** Removes a finished job with everything that is kept of it, and leaves a tombstone that says when. */
import type { Job } from '../../models/job.js';
import { emitLua, eventOf, eventText } from '../events/emit.js';
import { queueKeys } from '../keys.js';
import type { QueueAccess } from '../queue-access.js';
import { Script } from '../script.js';
import { setsOfFinished } from '../tenants/tenant-sets.js';

/**
 * KEYS job, completed, failed, created, deadlines, callbacks, gone, events, then the other sets that it is in, as many
 * as ARGV says, then keys that are its alone. ARGV id, now, events kept, channel, event, how many other sets, tenant (or
 * empty).
 */
const remove = new Script(
  'remove',
  `${emitLua}
  if not redis.call('HGET', KEYS[1], 'finishedOn') then return 0 end
  local sets = 8 + tonumber(ARGV[6])
  for i = 2, 6 do redis.call('ZREM', KEYS[i], ARGV[1]) end
  for i = 9, sets do redis.call('ZREM', KEYS[i], ARGV[1]) end
  emit(KEYS[8], ARGV[3], ARGV[4], ARGV[1], ARGV[5])
  redis.call('DEL', KEYS[1], unpack(KEYS, sets + 1))
  redis.call('ZADD', KEYS[7], ARGV[2], ARGV[1])
  if ARGV[7] ~= '' then redis.call('ZADD', KEYS[7], ARGV[2], ARGV[7] .. '/' .. ARGV[1]) end
  return 1`,
);

/** What must be known of a job to remove it. */
export type Removable = Pick<Job, 'id' | 'type' | 'tags' | 'error' | 'tenant'>;

/** @returns False where it is not finished. @throws Failure `queue_unavailable` */
export async function removeJob(access: QueueAccess, job: Removable): Promise<boolean> {
  const { id, type, tags = [], error, tenant = '' } = job;
  const { connection, keys, prefix, eventsMax, now } = access;
  const queue = queueKeys(prefix, type);
  const sets = [
    ...tags.map(keys.tag),
    ...(error === undefined ? [] : [keys.error(type, error.code)]),
    ...setsOfFinished(keys, job),
  ];
  const removed = await access.ask(() =>
    remove.run(
      connection,
      [
        queue.job(id),
        queue.completed,
        queue.failed,
        keys.created(type),
        keys.deadlines,
        keys.callbacks,
        keys.gone,
        keys.events,
        ...sets,
        queue.logs(id),
        queue.dependencies(id),
        queue.processed(id),
        queue.tolerated(id),
        queue.unsuccessful(id),
        keys.attempts(id),
      ],
      [
        id,
        now(),
        eventsMax,
        keys.eventsOf(id),
        eventText(eventOf({ kind: 'deleted', jobId: id }, now())),
        sets.length,
        tenant,
      ],
    ),
  );
  return removed === 1;
}
