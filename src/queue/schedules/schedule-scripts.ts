/** The steps by which schedules change in Redis, each whole or not at all. The comments name keys; then arguments. */
import { Script } from '../script.js';

/**
 * `schedules`, `schedulesDue`; name, definition, when it is due or '', the most that there may be, with what the names
 * of those that count begin.
 */
export const createScript = new Script(
  'create_schedule',
  `
local held = redis.call('HGET', KEYS[1], ARGV[1])
if held then return {'exists', held} end
local count, start = 0, ARGV[5]
for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(name, 1, #start) == start then count = count + 1 end
end
if count >= tonumber(ARGV[4]) then return {'full'} end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
if ARGV[3] ~= '' then redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1]) end
return {'created'}
`,
);

/** `schedules`, `schedulesDue`; name, definition as it was read, the new one, when it is due, '', or 'as it is'. */
export const changeScript = new Script(
  'change_schedule',
  `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
if ARGV[4] == '' then
  redis.call('ZREM', KEYS[2], ARGV[1])
elseif ARGV[4] ~= 'as it is' then
  redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1])
end
return 1
`,
);

/** `schedules`, `schedulesDue`, `schedulesRan`; name, definition as it was read, the time seen, the next, the run. */
export const moveScript = new Script(
  'move_schedule',
  `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
local due = redis.call('ZSCORE', KEYS[2], ARGV[1])
if not due or tonumber(due) ~= tonumber(ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[5])
return 1
`,
);

/** `schedules`, `schedulesRan`; name, the run. */
export const ranScript = new Script(
  'schedule_ran',
  `
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then redis.call('HSET', KEYS[2], ARGV[1], ARGV[2]) end
return 1
`,
);
