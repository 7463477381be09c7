/**
 * Many ends and many starts of jobs of one queue in one script: each job that has completed is recorded, and for each
 * place that is free the next job is taken. What it writes is what BullMQ's `moveToFinished` and `moveToActive` write,
 * which the tests hold against each other; it only asks once for all of them what BullMQ asks for each.
 *
 * It serves what is plain, and leaves all else as it is, for BullMQ's own scripts:
 *
 * - the end of a job with a parent, unfinished children or a deduplication id, that is not active any more or is not there;
 *   and of one whose lock this worker has lost, so that BullMQ refuses it,
 * - every start while the queue is paused, has a limit, a delayed job whose time has come, or jobs without a priority.
 *
 * Results that fail, retries, delays and removal on completion do not come here at all.
 */
import { raw2NextJobData } from 'bullmq';
import type { Connection } from '../connection.js';
import type { queueKeys } from '../keys.js';
import { Script } from '../script.js';

/** A place of a worker: the job that has completed there, if any, and whether it is to have another. */
export interface Place {
  completed?: { jobId: string /** As JSON. */; result: string };
  /** Of the lock: of the completed job, and of the one that is taken. */
  token: string;
  takesNext: boolean;
}

/** What BullMQ's backend answers for one job: its fields, its id, how long to wait for a limit, when the next is due. */
export type NextJob = ReturnType<typeof raw2NextJobData>;

/** `end`: nothing was done for this place. `start`: its job has ended, and no other was looked for. */
export type LeftToBullMQ = 'end' | 'start';

export interface EndsAndStartsParts {
  connection: Connection;
  keys: ReturnType<typeof queueKeys>;
  /** Of the worker, for the jobs that are taken. */
  name: string;
  lockMs: number;
}

const leftEnd = -1;
const leftStart = -2;

/**
 * KEYS active, prioritized, wait, delayed, completed, events (BullMQ's), meta, pc, marker, stalled.
 * ARGV prefix of the queue, now (ms), lock (ms), name; then for each place job id (or empty), token, result, next (0 or 1).
 * Returns for each place -1, -2, 0 for nothing more, or { fields, id } of the job that is taken; then when the next is due.
 */
const script = new Script(
  'ends_and_starts',
  `
local ACTIVE, PRIORITIZED, WAIT, DELAYED, COMPLETED = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local EVENTS, META, COUNTER, MARKER, STALLED = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local call, prefix, now, lockMs, name = redis.call, ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local places = (#ARGV - 4) / 4
local answers, ended, locks, waiting = {}, {}, {}, {}

-- Places whose job has ended, and what only some jobs have.
local asked, unusual = {}, {}
for place = 1, places do
  local id = ARGV[place * 4 + 1]
  if id ~= '' then
    asked[#asked + 1] = prefix .. id .. ':lock'
    unusual[#unusual + 1] = prefix .. id .. ':dependencies'
    unusual[#unusual + 1] = prefix .. id .. ':unsuccessful'
  end
end
local tokens, haveChildren = {}, false
if #asked > 0 then
  tokens = call('MGET', unpack(asked))
  haveChildren = call('EXISTS', unpack(unusual)) > 0
  local length = call('HGET', META, 'opts.maxLenEvents')
  if not length then
    length = 10000
    call('HSET', META, 'opts.maxLenEvents', length)
  end
  call('XTRIM', EVENTS, 'MAXLEN', '~', length)
end

local function complete(id, token, held, result)
  if held ~= token then return false end
  local job = prefix .. id
  local facts = call('HMGET', job, 'timestamp', 'parentKey', 'parent', 'deid', 'atm')
  if not facts[1] or facts[2] or facts[3] or facts[4] then return false end
  if haveChildren and call('EXISTS', job .. ':dependencies', job .. ':unsuccessful') > 0 then return false end
  if call('LREM', ACTIVE, -1, id) == 0 then return false end
  call('HSET', job, 'atm', (facts[5] or 0) + 1, 'returnvalue', result, 'finishedOn', now)
  call('XADD', EVENTS, '*', 'event', 'completed', 'jobId', id, 'returnvalue', result, 'prev', 'active')
  return true
end

local index, scores, ids = 0, {}, {}
for place = 1, places do
  local id, token = ARGV[place * 4 + 1], ARGV[place * 4 + 2]
  local isFree = true
  if id ~= '' then
    index = index + 1
    isFree = complete(id, token, tokens[index], ARGV[place * 4 + 3])
    if isFree then
      scores[#scores + 1] = now
      scores[#scores + 1] = id
      ids[#ids + 1] = id
      locks[#locks + 1] = asked[index]
    end
  end
  answers[place] = isFree and 0 or ${leftEnd}
  if isFree and ARGV[place * 4 + 4] == '1' then waiting[#waiting + 1] = place end
end
if #ids > 0 then
  call('DEL', unpack(locks))
  call('SREM', STALLED, unpack(ids))
  call('ZADD', COMPLETED, unpack(scores))
end

local due = call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2]
local function isPlain()
  local meta = call('HMGET', META, 'paused', 'concurrency', 'max')
  if meta[1] or meta[2] or meta[3] then return false end
  if due and tonumber(due) < (now + 1) * 0x1000 then return false end
  return call('LLEN', WAIT) == 0
end

local isLeft, taken = #waiting > 0 and not isPlain(), {}
if isLeft then
  for _, place in ipairs(waiting) do answers[place] = ${leftStart} end
elseif #waiting > 0 then
  local popped = call('ZPOPMIN', PRIORITIZED, #waiting)
  for i = 1, #popped, 2 do taken[#taken + 1] = popped[i] end
  if #taken > 0 then call('LPUSH', ACTIVE, unpack(taken)) end
  if #taken < #waiting then call('DEL', COUNTER) end
  for i, id in ipairs(taken) do
    local place, job = waiting[i], prefix .. id
    call('SET', job .. ':lock', ARGV[place * 4 + 2], 'PX', lockMs)
    call('XADD', EVENTS, '*', 'event', 'active', 'jobId', id, 'prev', 'waiting')
    call('HSET', job, 'processedOn', now, 'pb', name)
    call('HINCRBY', job, 'ats', 1)
    answers[place] = { call('HGETALL', job), id }
  end
  if #taken > 0 then call('ZADD', MARKER, 0, '0') end
end

local isWaitedFor = #waiting > 0 and due
if #ids > 0 and #taken == 0 and not isLeft and not isWaitedFor and call('LLEN', WAIT) == 0
  and call('LLEN', ACTIVE) == 0 and call('ZCARD', PRIORITIZED) == 0 then
  call('XADD', EVENTS, '*', 'event', 'drained')
end
answers[places + 1] = due and string.format('%.17g', due / 0x1000) or 0
return answers
`,
);

/** Ends what has completed and takes what is next, at the time `nowMs`; an answer for each place, in order. */
export async function endAndStart(
  { connection, keys, name, lockMs }: EndsAndStartsParts,
  places: readonly Place[],
  nowMs: number,
): Promise<(NextJob | LeftToBullMQ)[]> {
  const answers = (await script.run(
    connection,
    [
      keys.active,
      keys.prioritized,
      keys.wait,
      keys.delayed,
      keys.completed,
      keys.events,
      keys.meta,
      keys.priorityCounter,
      keys.marker,
      keys.stalled,
    ],
    [
      keys.base,
      nowMs,
      lockMs,
      name,
      ...places.flatMap(({ completed, token, takesNext }) => [
        completed?.jobId ?? '',
        token,
        completed?.result ?? '',
        takesNext ? 1 : 0,
      ]),
    ],
  )) as (number | string | [string[], string])[];
  const nextDueMs = Number(answers[places.length]);
  return places.map(({ completed, takesNext }, index): NextJob | LeftToBullMQ => {
    const answer = answers[index];
    if (answer === leftEnd) return 'end';
    if (answer === leftStart) return 'start';
    if (Array.isArray(answer)) return raw2NextJobData([...answer, 0, 0]);
    const isDone = completed !== undefined && (!takesNext || nextDueMs === 0);
    return isDone ? [] : raw2NextJobData([0, 0, 0, nextDueMs]);
  });
}
