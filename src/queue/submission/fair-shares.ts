/**
 * In which order waiting jobs are served: the more urgent level first; within a level, jobs of different fairness keys
 * take turns; within a key, first come, first served. Jobs without a key share one of their own.
 *
 * Start-time fair queueing (Goyal, Vin, Cheng 1996), every job of cost 1: a job's turn is the later of the level's
 * virtual time (the turn of the job that is next) and the turn behind the last one of its key. A key that was away
 * starts at the virtual time, so it neither waits behind the backlog of another nor is paid for its absence.
 *
 * BullMQ serves its sorted set `prioritized` by score, the priority times 2^32 plus a counter. A level is 2^19 of its
 * priorities wide, 2^51 of score. There a score of ours is `level × 2^51 + turn × 2^19 + tie`, and a job that BullMQ
 * puts back itself (a retry, one whose time has come, one handed back) lies before all of ours in its level.
 *
 * Limits: turns are counted anew when a level runs empty; after 2^32 turns without that, jobs are served in order of
 * arrival. A job that was put back keeps no turn: it goes before the others of its level, in order of arrival.
 */
import { type JobPriority, jobPriorities } from '../../models/job.js';
import type { QueueAccess } from '../queue-access.js';
import { Script } from '../script.js';

/** Priorities of BullMQ in one level. */
const levelWidth = 2 ** 19;

/** BullMQ serves 0, its default, before every prioritised job, so no level may have it. */
export const priorityNumber = (priority: JobPriority): number => levelOf(priority) * levelWidth + 1;

/** 0 is the most urgent. */
export const levelOf = (priority: JobPriority): number =>
  jobPriorities.length - 1 - jobPriorities.indexOf(priority);

/** Also of what another tool stored: it knows nothing of our levels. */
export const priorityOf = (number: number): JobPriority =>
  (number > 0 ? jobPriorities[jobPriorities.length - 1 - Math.floor(number / levelWidth)] : undefined) ??
  'normal';

/** Scores, for our scripts: the width of a level and of a turn, the first and the last turn of a level. */
export const turnsLua = 'local LEVEL, TURN, FIRST, LAST = 2 ^ 51, 2 ^ 19, 2 ^ 15, 2 ^ 32 - 1';

/**
 * Lua functions for our scripts. `takeTurn(prioritized, shares, id, key)` is for a job that BullMQ's script has just made
 * wait; `takeTurns(prioritized, shares, level, jobs)` for new ones, each `{id, key}`, one after the other. `shares` is
 * the key of the level's hash without the level. The virtual time is the same for all of them: a job that is added
 * never has an earlier turn than the one that is next.
 */
export const takeTurnLua = `
${turnsLua}
local function takeTurns(prioritized, shares, level, jobs)
  local base, hash = level * LEVEL, shares .. level
  -- Those that BullMQ has put there have no turn, or not yet.
  local next = redis.call('ZRANGEBYSCORE', prioritized, string.format('%.0f', base + FIRST * TURN),
    string.format('(%.0f', base + LEVEL), 'WITHSCORES', 'LIMIT', 0, 1)
  local fields, turns = {'now', 'tie'}, {}
  for _, job in ipairs(jobs) do
    local field = 'k' .. job[2]
    if not turns[field] then
      turns[field] = 0
      fields[#fields + 1] = field
    end
  end
  local now, tie = FIRST, 0
  if #next == 0 then
    redis.call('DEL', hash)
  else
    local known = redis.call('HMGET', hash, unpack(fields))
    now = math.max(now, math.floor((tonumber(next[2]) - base) / TURN), tonumber(known[1] or 0))
    tie = tonumber(known[2] or 0)
    for i = 3, #fields do turns[fields[i]] = tonumber(known[i] or 0) end
  end
  local scores = {}
  for _, job in ipairs(jobs) do
    local field = 'k' .. job[2]
    local turn = math.min(LAST, math.max(now, turns[field]))
    turns[field], tie = turn + 1, tie + 1
    scores[#scores + 1] = string.format('%.0f', base + turn * TURN + tie % TURN)
    scores[#scores + 1] = job[1]
  end
  local share = {'now', string.format('%.0f', now), 'tie', string.format('%.0f', tie)}
  for i = 3, #fields do
    share[#share + 1] = fields[i]
    share[#share + 1] = string.format('%.0f', turns[fields[i]])
  end
  redis.call('HSET', hash, unpack(share))
  redis.call('ZADD', prioritized, unpack(scores))
end
local function takeTurn(prioritized, shares, id, key)
  local own = redis.call('ZSCORE', prioritized, id)
  if not own then return end
  redis.call('ZREM', prioritized, id)
  takeTurns(prioritized, shares, math.floor(tonumber(own) / LEVEL), {{id, key}})
end
`;

/** Fairness keys of a level that may stay without a look at whether they still matter. */
const keysKept = 1_000;

/** KEYS a level's hash. ARGV how many keys may stay. Forgets those whose next turn is not behind the virtual time. */
const forget = new Script(
  'forget_shares',
  `if redis.call('HLEN', KEYS[1]) <= tonumber(ARGV[1]) then return 0 end
  local now = tonumber(redis.call('HGET', KEYS[1], 'now') or 0)
  local page = redis.call('HSCAN', KEYS[1], redis.call('HGET', KEYS[1], 'scan') or '0', 'COUNT', ARGV[1])
  redis.call('HSET', KEYS[1], 'scan', page[1])
  local past = {}
  for i = 1, #page[2], 2 do
    if string.sub(page[2][i], 1, 1) == 'k' and tonumber(page[2][i + 1]) <= now then past[#past + 1] = page[2][i] end
  end
  if #past > 0 then redis.call('HDEL', KEYS[1], unpack(past)) end
  return #past`,
);

/** A key without a backlog would start at the virtual time anyway. */
export async function forgetShares(access: QueueAccess, type: string): Promise<void> {
  const { connection, keys } = access;
  for (const level of jobPriorities.keys())
    await access.ask(() => forget.run(connection, [`${keys.shares(type)}${level}`], [keysKept]));
}
