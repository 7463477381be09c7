/**
 * Takes a job out of where it waits, to end it without running it. It is then as if a worker had it, and BullMQ's own
 * script can record its end, with all that follows for its parent. The reason is written into the job first, and the
 * job is noted among those that have a deadline: should we die in between, housekeeping takes it from there. A worker of
 * its type may come first; it ends the job with that reason, and no processor sees it.
 */
import { ErrorCode, UnrecoverableError } from 'bullmq';
import { prefixOf } from '../../models/type-id.js';
import { queueKeys } from '../keys.js';
import type { QueueAccess } from '../queue-access.js';
import { Script } from '../script.js';
import { failedReasonOf, ownFields } from '../stored-job.js';

export type Withdrawn = 'missing' | 'finished' | 'running' | 'ended';

/** How long its end may take before it counts as forgotten, in milliseconds. */
const endMsMax = 10_000;

/**
 * KEYS job, lock, wait, paused, prioritized, delayed, waiting-children, active, channel of cancellations, deadlines.
 * ARGV id, reason, now, whether to stop one that runs, when its end is overdue.
 */
const withdraw = new Script(
  'withdraw',
  `local job = redis.call('HMGET', KEYS[1], 'timestamp', 'finishedOn')
  if not job[1] then return 'missing' end
  if job[2] then return 'finished' end
  local id = ARGV[1]
  local stops = ARGV[4] == '1'
  local waits = redis.call('EXISTS', KEYS[2]) == 0 and redis.call('ZREM', KEYS[5], id)
    + redis.call('ZREM', KEYS[6], id) + redis.call('ZREM', KEYS[7], id)
    + redis.call('LREM', KEYS[3], 0, id) + redis.call('LREM', KEYS[4], 0, id)
  -- One that has lost its worker runs no more, or in vain.
  if waits == 0 then waits = redis.call('LREM', KEYS[8], 0, id) end
  if stops and (not waits or redis.call('HEXISTS', KEYS[1], 'processedOn') == 1) then
    redis.call('PUBLISH', KEYS[9], id)
  end
  if not waits or waits == 0 then
    if stops then
      redis.call('HSETNX', KEYS[1], '${ownFields.cancelRequested}', ARGV[3])
      redis.call('HSET', KEYS[1], 'defa', ARGV[2])
      redis.call('ZADD', KEYS[10], 'LT', ARGV[5], id)
    end
    return 'running'
  end
  redis.call('HSET', KEYS[1], 'defa', ARGV[2])
  redis.call('HDEL', KEYS[1], '${ownFields.held}')
  if redis.call('HSETNX', KEYS[1], '${ownFields.withdrawn}', 1) == 1 then redis.call('HINCRBY', KEYS[1], 'atm', -1) end
  redis.call('LPUSH', KEYS[8], id)
  redis.call('ZADD', KEYS[10], 'LT', ARGV[5], id)
  return 'ended'`,
);

/**
 * Ends a job that waits with an error. One that runs is told to stop, or left alone.
 *
 * @throws Failure `queue_unavailable`
 */
export async function endWaiting(
  access: QueueAccess,
  id: string,
  error: { code: string; detail: string },
  options: { stopRunning: boolean },
): Promise<Withdrawn> {
  const type = prefixOf(id);
  if (type === undefined) return 'missing';
  const { connection, keys, prefix, now } = access;
  const queue = queueKeys(prefix, type);
  const reason = failedReasonOf(error);
  let answer = (await access.ask(() =>
    withdraw.run(
      connection,
      [
        queue.job(id),
        queue.lock(id),
        queue.wait,
        queue.paused,
        queue.prioritized,
        queue.delayed,
        queue.waitingChildren,
        queue.active,
        keys.cancellations,
        keys.deadlines,
      ],
      [id, reason, now(), options.stopRunning ? 1 : 0, now() + endMsMax],
    ),
  )) as Withdrawn;
  if (answer === 'ended')
    await access.ask(async () => {
      const job = await access.queue(type).getJob(id);
      // No worker has it, so there is no lock to prove.
      await job?.moveToFailed(new UnrecoverableError(reason), '0', false).catch((error: unknown) => {
        // Somebody else has ended it at the same time, and tells of it.
        if (!isNotActive(error)) throw error;
        answer = 'finished';
      });
    });
  return answer;
}

const isNotActive = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === ErrorCode.JobNotInState;
