/**
 * Since when the job that has waited longest for a worker could start, at a cost that does not grow with the queue. In
 * each level the first job of every fairness key has the turn that is next or the one behind it, and within a turn
 * jobs lie in order of arrival: so the oldest is the first of one of these two, or among what BullMQ has put back.
 *
 * A job with children counts from its acceptance, one that ran before from the start of that attempt.
 */
import type { ChainableCommander } from 'ioredis';
import { jobPriorities } from '../../models/job.js';
import type { Connection } from '../connection.js';
import { queueKeys } from '../keys.js';
import { Script } from '../script.js';
import { turnsLua } from '../submission/fair-shares.js';

/** Of what BullMQ has put back into a level, and of its plain list, as many are looked at. */
const putBackMax = 10;

/** KEYS prioritized, wait. ARGV what the keys of jobs begin with, levels, put back. Returns milliseconds, or 0. */
const script = new Script(
  'oldest_waiting',
  `${turnsLua}
  local ids = redis.call('LRANGE', KEYS[2], -tonumber(ARGV[3]), -1)
  local function look(from, to, count)
    local found = redis.call('ZRANGEBYSCORE', KEYS[1], string.format('%.0f', from), string.format('(%.0f', to),
      'WITHSCORES', 'LIMIT', 0, count)
    for i = 1, #found, 2 do ids[#ids + 1] = found[i] end
    return tonumber(found[2])
  end
  for level = 0, ARGV[2] - 1 do
    local base, behind = level * LEVEL, (level + 1) * LEVEL
    look(base, base + FIRST * TURN, ARGV[3])
    local next = look(base + FIRST * TURN, behind, 1)
    if next then look(base + (math.floor((next - base) / TURN) + 1) * TURN, behind, 1) end
  end
  local oldest = math.huge
  for _, id in ipairs(ids) do
    local job = redis.call('HMGET', ARGV[1] .. id, 'timestamp', 'opts', 'processedOn')
    if job[1] then
      local delay = tonumber(cjson.decode(job[2] or '{}')['delay'] or 0)
      oldest = math.min(oldest, math.max(tonumber(job[1]) + delay, tonumber(job[3] or 0)))
    end
  end
  return oldest < math.huge and string.format('%.0f', oldest) or '0'`,
);

/** Must be called once for a connection before its pipelines are asked. */
export const prepareOldest = (connection: Connection): void => script.define(connection);

export function askOldest(commands: ChainableCommander, prefix: string, type: string): void {
  const { base, prioritized, wait } = queueKeys(prefix, type);
  script.queue(commands, [prioritized, wait], [base, jobPriorities.length, putBackMax]);
}

/** Milliseconds since the epoch; undefined where none waits. */
export const oldestFrom = (answer: unknown): number | undefined => Number(answer) || undefined;
