/**
 * Many ends and many starts of jobs of one queue in one script: each job that has completed is recorded, and for each
 * place that is free the next job is taken. What it writes is what BullMQ's `moveToFinished` and `moveToActive` write,
 * which the tests hold against each other; it only asks once for all of them what BullMQ asks for each.
 *
 * It serves what is plain, and leaves all else as it is, for BullMQ's own scripts:
 *
 * - the end of a job with a parent, unfinished children or a deduplication id, that is not active any more or is not there;
 *   and of one whose lock this worker has lost, so that BullMQ refuses it,
 * - all starts, and the ends that are to have one, while the queue is paused, has a limit, a delayed job whose time has
 *   come, or jobs without a priority. Places of brief jobs end theirs and get none.
 *
 * Results that fail, retries, delays and removal on completion do not come here at all.
 *
 * It also tells that a job starts for the first time and that it has completed, as `EventLog` would.
 */
import { raw2NextJobData } from 'bullmq';
import type { Connection } from '../connection.js';
import { emitLua, eventOf, eventText } from '../events/emit.js';
import { type OwnKeys, queueKeys } from '../keys.js';
import { Script } from '../script.js';
import { ownFields } from '../stored-job.js';

/** A place of a worker: the job that has completed there, if any, and whether it is to have another. */
export interface Place {
  completed?: {
    jobId: string;
    /** As JSON. */
    result: string;
    /** It is the first attempt, and its start was told here; nothing else was told since. */
    isToBeTold: boolean;
    /** It was taken as a `PlainJob`, so that its facts need not be looked up. */
    plain?: { tenant: string | undefined };
  };
  /** Of the lock: of the completed job, and of the one that is taken. */
  token: string;
  takesNext: boolean;
  /** Of brief jobs: it ends whatever the queue is like, and then has no next. */
  isBrief?: boolean;
}

/**
 * A job that runs for the first time and has nothing that BullMQ or we would do more for: no parent, deduplication, repetition, expiry or
 * failure that is due. As it lies in Redis; its start was told.
 */
export interface PlainJob {
  jobId: string;
  data: string;
  timestamp: string;
  delay: string;
}

/** What BullMQ's backend answers for one job: its fields, its id, how long to wait for a limit, when the next is due. */
export type NextJob = ReturnType<typeof raw2NextJobData>;

export interface PlaceAnswer {
  next: NextJob;
  /** Instead of `next`. */
  plain?: PlainJob;
  /** Of the job that was taken its start was told. */
  isTold: boolean;
}

export interface EndsAndStartsParts {
  connection: Connection;
  prefix: string;
  type: string;
  keys: OwnKeys;
  eventsMax: number;
  /** Of the worker, for the jobs that are taken. */
  name: string;
  lockMs: number;
  /** Jobs that are plain are answered as such. */
  takesPlain: boolean;
}

const left = -1;

type Answer =
  | number
  | string
  | [fields: string[], id: string, told: number]
  | [id: string, data: string, timestamp: string, delay: string];

/**
 * KEYS active, prioritized, wait, delayed, completed, BullMQ's events, meta, pc, marker, stalled, our events.
 * ARGV prefix of the queue, now (ms), lock (ms), name, our events that are kept, prefix of channels, the event of a start,
 * that of an end, plain jobs as such (0 or 1), and the places as JSON: one text is read faster than hundreds. Each is
 * [job id (or empty), token, result, tell, next]; `tell` is 0 or 1, for a plain job `=` and its tenant; `next` is 0 or
 * 1, for a place of brief jobs 2 or 3.
 * Returns for each place -1 where it is left, 0 for nothing more, or of the job that is taken { fields, id, told } or, of
 * a plain one, { id, data, timestamp, delay }; then when the next is due.
 */
const script = new Script(
  'ends_and_starts',
  `${emitLua}
local ACTIVE, PRIORITIZED, WAIT, DELAYED, COMPLETED = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local EVENTS, META, COUNTER, MARKER, STALLED, TOLD = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local call, prefix, now, lockMs, name = redis.call, ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local places = cjson.decode(ARGV[10])
local answers, ended, scores, locks, free = {}, {}, {}, {}, {}

local function tell(tenant, id, event)
  emitOf(tenant, TOLD, ARGV[5], ARGV[6] .. id, id, event)
end

local due = call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2]
local function isPlain()
  local meta = call('HMGET', META, 'paused', 'concurrency', 'max')
  if meta[1] or meta[2] or meta[3] then return false end
  if due and tonumber(due) < (now + 1) * 0x1000 then return false end
  return call('LLEN', WAIT) == 0
end
local plain = isPlain()

-- What only some of the jobs that end have.
local keysOfLocks, unusual = {}, {}
for _, place in ipairs(places) do
  local id = place[1]
  if id ~= '' then
    keysOfLocks[#keysOfLocks + 1] = prefix .. id .. ':lock'
    unusual[#unusual + 1] = prefix .. id .. ':dependencies'
    unusual[#unusual + 1] = prefix .. id .. ':unsuccessful'
  end
end
local tokens, someHaveChildren = {}, false
if #keysOfLocks > 0 then
  tokens = call('MGET', unpack(keysOfLocks))
  someHaveChildren = call('EXISTS', unpack(unusual)) > 0
  local length = call('HGET', META, 'opts.maxLenEvents')
  if not length then
    length = 10000
    call('HSET', META, 'opts.maxLenEvents', length)
  end
  call('XTRIM', EVENTS, 'MAXLEN', '~', length)
end

-- Jobs mostly end in the order in which they began: these are the end of the list, and leave it together.
local tail, leaving = {}, 0
if #keysOfLocks > 0 then tail = call('LRANGE', ACTIVE, -#keysOfLocks, -1) end
local function leave(id)
  if tail[#tail - leaving] ~= id then return call('LREM', ACTIVE, -1, id) == 1 end
  leaving = leaving + 1
  return true
end

local function complete(id, result, telling)
  local job, attempts, tenant = prefix .. id, 1, nil
  if string.sub(telling, 1, 1) == '=' then
    tenant = #telling > 1 and string.sub(telling, 2)
  else
    local facts = call('HMGET', job, 'timestamp', 'parentKey', 'parent', 'deid', 'atm', '${ownFields.tenant}')
    if not facts[1] or facts[2] or facts[3] or facts[4] then return false end
    attempts, tenant = (facts[5] or 0) + 1, facts[6]
  end
  if someHaveChildren and call('EXISTS', job .. ':dependencies', job .. ':unsuccessful') > 0 then return false end
  if not leave(id) then return false end
  call('HSET', job, 'atm', attempts, 'returnvalue', result, 'finishedOn', now)
  call('XADD', EVENTS, '*', 'event', 'completed', 'jobId', id, 'returnvalue', result, 'prev', 'active')
  if telling ~= '0' then tell(tenant, id, ARGV[8]) end
  return true
end

local ends, lastIsFree = 0, false
for index, place in ipairs(places) do
  local id, token, result, telling, next = unpack(place)
  local takesNext = plain and next % 2 == 1
  local isDone = plain or next > 1
  if id ~= '' then
    ends = ends + 1
    isDone = isDone and tokens[ends] == token and complete(id, result, telling)
    if isDone then
      ended[#ended + 1] = id
      scores[#scores + 1] = now
      scores[#scores + 1] = id
      locks[#locks + 1] = keysOfLocks[ends]
      lastIsFree = takesNext
    end
  end
  answers[index] = isDone and 0 or ${left}
  if isDone and takesNext then free[#free + 1] = index end
end
if leaving > 0 then call('LTRIM', ACTIVE, 0, -leaving - 1) end
if #ended > 0 then
  call('DEL', unpack(locks))
  call('SREM', STALLED, unpack(ended))
  call('ZADD', COMPLETED, unpack(scores))
end

local function start(id, token)
  local job = prefix .. id
  call('SET', job .. ':lock', token, 'PX', lockMs)
  call('XADD', EVENTS, '*', 'event', 'active', 'jobId', id, 'prev', 'waiting')
  -- What it depends on whether it runs at all, and as which attempt; then what more is to be done for it.
  local facts = call('HMGET', job, 'ats', 'atm', 'stc', 'defa', '${ownFields.expires}', 'parentKey', 'parent', 'deid', 'rjk',
    '${ownFields.tenant}', 'data', 'timestamp', 'delay')
  local starts = (facts[1] or 0) + 1
  call('HSET', job, 'processedOn', now, 'pb', name, 'ats', starts)
  local isFirst = starts == 1 and not (facts[2] or facts[3] or facts[4] or facts[5])
  if isFirst then tell(facts[10], id, ARGV[7]) end
  if ARGV[9] == '1' and isFirst and not (facts[6] or facts[7] or facts[8] or facts[9]) and facts[11] and facts[12] then
    return { id, facts[11], facts[12], facts[13] or '0' }
  end
  return { call('HGETALL', job), id, isFirst and 1 or 0 }
end

local taken = {}
if #free > 0 then
  local popped = call('ZPOPMIN', PRIORITIZED, #free)
  for i = 1, #popped, 2 do taken[#taken + 1] = popped[i] end
  if #taken < #free then call('DEL', COUNTER) end
  if #taken > 0 then
    call('LPUSH', ACTIVE, unpack(taken))
    for i, id in ipairs(taken) do answers[free[i]] = start(id, places[free[i]][2]) end
    call('ZADD', MARKER, 0, '0')
  end
end

-- Where BullMQ answers when the next job is due, it does not say that the queue is drained.
if #ended > 0 and #taken == 0 and not (lastIsFree and due) and call('LLEN', WAIT) == 0
  and call('LLEN', ACTIVE) == 0 and call('ZCARD', PRIORITIZED) == 0 then
  call('XADD', EVENTS, '*', 'event', 'drained')
end
answers[#places + 1] = due and string.format('%.17g', due / 0x1000) or '0'
return answers
`,
);

/**
 * Ends what has completed and takes what is next, at the time `nowMs`.
 *
 * @returns An answer for each place, in order; `left` where nothing was done, and BullMQ's own scripts are to be asked.
 */
export async function endAndStart(
  parts: EndsAndStartsParts,
  places: readonly Place[],
  nowMs: number,
): Promise<(PlaceAnswer | 'left')[]> {
  const { connection, prefix, type, keys, eventsMax, name, lockMs, takesPlain } = parts;
  const queue = queueKeys(prefix, type);
  const answers = (await script.run(
    connection,
    [
      queue.active,
      queue.prioritized,
      queue.wait,
      queue.delayed,
      queue.completed,
      queue.events,
      queue.meta,
      queue.priorityCounter,
      queue.marker,
      queue.stalled,
      keys.events,
    ],
    [
      queue.base,
      nowMs,
      lockMs,
      name,
      eventsMax,
      keys.eventsOf(''),
      firstAttempt('processing', nowMs),
      firstAttempt('completed', nowMs),
      takesPlain ? 1 : 0,
      JSON.stringify(places.map(placeForScript)),
    ],
  )) as Answer[];
  const nextDueMs = Number(answers[places.length]);
  return places.map(({ completed, takesNext }, index): PlaceAnswer | 'left' => {
    const answer = answers[index];
    if (answer === left) return 'left';
    if (Array.isArray(answer) && answer.length === 4) {
      const [jobId, data, timestamp, delay] = answer;
      return { next: [], plain: { jobId, data, timestamp, delay }, isTold: true };
    }
    if (Array.isArray(answer)) {
      const [fields, id, told] = answer;
      return { next: raw2NextJobData([fields, id, 0, 0]), isTold: told === 1 };
    }
    const saysWhen = completed === undefined || (takesNext && nextDueMs > 0);
    return { next: saysWhen ? raw2NextJobData([0, 0, 0, nextDueMs]) : [], isTold: false };
  });
}

const placeForScript = ({ completed, token, takesNext, isBrief }: Place) => [
  completed?.jobId ?? '',
  token,
  completed?.result ?? '',
  tellingOf(completed),
  Number(takesNext) + (isBrief ? 2 : 0),
];

function tellingOf(completed: Place['completed']): string {
  if (completed?.isToBeTold !== true) return '0';
  return completed.plain === undefined ? '1' : `=${completed.plain.tenant ?? ''}`;
}

/** The event of a first attempt: the same for all jobs, for their ids are not in it. */
function firstAttempt(status: 'processing' | 'completed', nowMs: number): string {
  return eventText(eventOf({ kind: 'status', jobId: '', status, attempt: 1 }, nowMs));
}
