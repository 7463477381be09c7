/**
 * Adds many plain jobs in one script: it writes what BullMQ's script for a job with a priority writes, and what our own
 * `enter` does (`submission/add-jobs.ts`), each key once for all jobs instead of once for each. Where an identical job
 * will do, it looks for that first (`submission/reuse.ts`): in one step, so that of two identical ones the second finds
 * the first.
 *
 * What it skips, and why that is the same:
 *
 * - Parents, children, delays, expiry, callbacks: a job that has one of them is not plain.
 * - The score that BullMQ gives a job and our turn replaces: only the turn is written, and the counter moved on.
 * - Entries in the options that are the same for all: `opts` is encoded once by the same `cjson` as there.
 * - Looks at the pause of the queue and at the length of its stream: nothing changes them within one script.
 *
 * A job whose id is taken, but by something that was not entered, is left to the long way. `test/queue/batched/` holds
 * every key against what the long way writes.
 */

import { emitLua } from '../events/emit.js';
import { queueKeys } from '../keys.js';
import { Script } from '../script.js';
import { ownFields } from '../stored-job.js';
import type { AddJobsParts } from '../submission/add-jobs.js';
import { takeTurnLua } from '../submission/fair-shares.js';
import { type Entry, factsOf, type NewJob, tellingOf } from '../submission/job-entry.js';
import { reuseLua, type SharedWork } from '../submission/reuse.js';
import { setsOfNew } from '../tenants/tenant-sets.js';

export interface PlainEntry extends Entry {
  /** Where an identical job will do. The job has the id that this generation of the work gives it. */
  work?: SharedWork & { generation: number };
}

/**
 * `foreign`: there is something else under this id; the job was not looked at. Of shared work also `joined` and
 * `cached`, when that job will do, or the generation that it has moved on to: then nothing was added.
 */
export type Added = 'new' | 'known' | 'foreign' | 'joined' | 'cached' | number;

/** Jobs of one script, and bytes of their data: Redis answers nobody else meanwhile. */
const jobsMax = 100;
const charactersMax = 1_000_000;

export const isPlain = ({ options, children = [] }: NewJob): boolean =>
  children.length === 0 &&
  options.delayMs === undefined &&
  options.runAt === undefined &&
  options.expiresAt === undefined &&
  options.deadlineMs === undefined &&
  options.callbackUrl === undefined &&
  options.onFailure === undefined;

/** @param entries Of plain jobs, of any types. @returns For each what became of it, in order. */
export async function addMany(parts: AddJobsParts, entries: readonly PlainEntry[]): Promise<Added[]> {
  const groups = groupsOf(entries);
  const [only] = groups;
  if (only !== undefined && groups.length === 1) return addGroup(parts, only);
  const added = new Map<PlainEntry, Added>();
  await Promise.all(
    groups.map(async (group) => {
      const answers = await addGroup(parts, group);
      for (const [index, entry] of group.entries()) added.set(entry, answers[index] ?? 'foreign');
    }),
  );
  return entries.map((entry) => added.get(entry) ?? 'foreign');
}

/** Each of one type, and within its limits. */
function groupsOf(entries: readonly PlainEntry[]): PlainEntry[][] {
  const groups: PlainEntry[][] = [];
  const open = new Map<string, { group: PlainEntry[]; characters: number }>();
  for (const entry of entries) {
    const { length } = entry.stored.data;
    let last = open.get(entry.job.type);
    if (last === undefined || last.group.length >= jobsMax || last.characters + length > charactersMax) {
      last = { group: [], characters: 0 };
      open.set(entry.job.type, last);
      groups.push(last.group);
    }
    last.group.push(entry);
    last.characters += length;
  }
  return groups;
}

async function addGroup(parts: AddJobsParts, group: readonly PlainEntry[]): Promise<Added[]> {
  const { connection, prefix, keys, eventsMax } = parts;
  const type = group[0]?.job.type ?? '';
  const queue = queueKeys(prefix, type);
  const sets = new Places();
  const options = new Places();
  const jobs: (string | number)[] = [];
  for (const entry of group) {
    const { job, data, stored, nowMs, work } = entry;
    const own = [...(data.tags ?? []).map(keys.tag), ...setsOfNew(keys, type, data)];
    jobs.push(
      ...[job.id, stored.data, nowMs, options.of(JSON.stringify(stored.opts)), stored.opts.priority ?? 0],
      ...[data.fairnessKey ?? '', data.tenant ?? '', factsOf(entry), tellingOf(entry)],
      own.map((key) => sets.of(key)).join(' '),
    );
    if (work === undefined) jobs.push('', 0, 0, 0);
    else jobs.push(work.digest, work.generation, work.cacheMs, work.join ? 1 : 0);
  }
  const answer = await script.run(
    connection,
    [
      ...[queue.meta, queue.id, queue.prioritized, queue.priorityCounter, queue.marker, queue.active],
      ...[queue.events, keys.created(type), keys.shares(type), keys.gone, keys.events],
      ...sets.all,
    ],
    [
      ...[queue.base, type, eventsMax, keys.eventsOf(''), keys.generation('')],
      ...[options.all.length, ...options.all, ...jobs],
    ],
  );
  return answer as Added[];
}

/** Each text once, by its place, counted from 1. */
class Places {
  readonly all: string[] = [];

  of(text: string): number {
    const at = this.all.indexOf(text);
    return at === -1 ? this.all.push(text) : at + 1;
  }
}

/**
 * KEYS meta, id, prioritized, pc, marker, active, BullMQ's events, created, shares, gone, events; then sets.
 * ARGV base of the queue's keys, type, events kept, start of the channels, start of the generations, number of options,
 * options; then for each job id, data, created, which options, priority, fairness key, tenant, facts, event, which sets,
 * and of its work digest (or empty), generation, cacheMs, join.
 * Returns for each job what became of it.
 */
const script = new Script(
  'add_many',
  `${emitLua}${takeTurnLua}${reuseLua}
  local base, type, kept, channel, generations = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
  local events = KEYS[7]
  local lengthMax = redis.call('HGET', KEYS[1], 'opts.maxLenEvents')
  if not lengthMax then
    lengthMax = 10000
    redis.call('HSET', KEYS[1], 'opts.maxLenEvents', lengthMax)
  end
  local options = {}
  for i = 1, tonumber(ARGV[6]) do options[i] = cjson.encode(cjson.decode(ARGV[6 + i])) end
  local answers, created, gone, levels, order, known = {}, {}, {}, {}, {}, 0
  for at = 7 + #options, #ARGV, 14 do
    local id, data, now, priority = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 4]
    local tenant, facts = ARGV[at + 6] ~= '' and ARGV[at + 6], ARGV[at + 7]
    local job, digest, use = base .. id, ARGV[at + 10], 'new'
    if digest ~= '' then
      use = reuse(generations .. digest, job, ARGV[at + 11], now, ARGV[at + 12], ARGV[at + 13])
    end
    if use ~= 'new' then
      answers[#answers + 1] = use
    elseif redis.call('EXISTS', job) == 0 then
      local fields = {'name', type, 'data', data, 'opts', options[tonumber(ARGV[at + 3])], 'timestamp', now,
        'delay', 0, 'priority', priority, '${ownFields.entered}', 1}
      if tenant then fields[15], fields[16] = '${ownFields.tenant}', tenant end
      if facts ~= '' then
        fields[#fields + 1] = '${ownFields.facts}'
        fields[#fields + 1] = facts
      end
      redis.call('HSET', job, unpack(fields))
      redis.call('XADD', events, '*', 'event', 'added', 'jobId', id, 'name', type)
      redis.call('XADD', events, 'MAXLEN', '~', lengthMax, '*', 'event', 'waiting', 'jobId', id)
      created[#created + 1] = now
      created[#created + 1] = id
      for set in string.gmatch(ARGV[at + 9], '%d+') do redis.call('ZADD', KEYS[11 + set], now, id) end
      if tenant then gone[#gone + 1] = tenant .. '/' .. id end
      gone[#gone + 1] = id
      local level = math.floor(tonumber(priority) * 0x100000000 / LEVEL)
      if not levels[level] then
        levels[level] = {}
        order[#order + 1] = level
      end
      table.insert(levels[level], {id, ARGV[at + 5]})
      emitOf(tenant, KEYS[11], kept, channel .. id, id, ARGV[at + 8])
      answers[#answers + 1] = 'new'
    elseif redis.call('HEXISTS', job, '${ownFields.entered}') == 1 then
      redis.call('XADD', events, 'MAXLEN', '~', lengthMax, '*', 'event', 'duplicated', 'jobId', id)
      known = known + 1
      answers[#answers + 1] = 'known'
    else
      answers[#answers + 1] = 'foreign'
    end
  end
  local new = #created / 2
  if new + known > 0 then redis.call('INCRBY', KEYS[2], new + known) end
  if new == 0 then return answers end
  redis.call('INCRBY', KEYS[4], new)
  redis.call('ZADD', KEYS[8], unpack(created))
  redis.call('ZREM', KEYS[10], unpack(gone))
  for _, level in ipairs(order) do takeTurns(KEYS[3], KEYS[9], level, levels[level]) end
  local state = redis.call('HMGET', KEYS[1], 'paused', 'concurrency')
  local held = state[1] or state[2] and redis.call('LLEN', KEYS[6]) >= tonumber(state[2])
  if not held then redis.call('ZADD', KEYS[5], 0, '0') end
  return answers`,
);
