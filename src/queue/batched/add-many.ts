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
 * - What is the same for many: it is sent once for all that follow, `opts` encoded by the same `cjson` as there.
 * - Looks at the pause of the queue and at the length of its stream: nothing changes them within one script.
 *
 * A job whose id is taken, but by something that was not entered, is left to the long way. `test/queue/batched/` holds
 * every key against what the long way writes.
 */

import { emitLua } from '../events/emit.js';
import { type OwnKeys, queueKeys } from '../keys.js';
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
  const sets: string[] = [];
  const kinds: Argument[][] = [];
  const jobs: Argument[] = [];
  for (const entry of group) {
    const kind = kindOf(entry, keys, sets);
    if (!isSame(kind, kinds.at(-1))) kinds.push(kind);
    const { digest, generation } = entry.work ?? unshared;
    jobs.push(kinds.length, entry.job.id, entry.stored.data, tellingOf(entry), digest, generation);
  }
  const answer = await script.run(
    connection,
    [
      ...[queue.meta, queue.id, queue.prioritized, queue.priorityCounter, queue.marker, queue.active],
      ...[queue.events, keys.created(type), keys.shares(type), keys.gone, keys.events],
      ...sets,
    ],
    [
      ...[queue.base, type, eventsMax, keys.eventsOf(''), keys.generation('')],
      ...[kinds.length, ...kinds.flat(), ...jobs],
    ],
  );
  return answer as Added[];
}

type Argument = string | number;

/** What is the same for most jobs that come at the same time, as the script takes it. */
function kindOf({ job, data, stored, nowMs, work }: PlainEntry, keys: OwnKeys, sets: string[]): Argument[] {
  return [
    JSON.stringify(stored.opts),
    stored.opts.priority ?? 0,
    nowMs,
    data.fairnessKey ?? '',
    data.tenant ?? '',
    factsOf({ data }),
    placesOf([...(data.tags ?? []).map(keys.tag), ...setsOfNew(keys, job.type, data)], sets),
    work?.cacheMs ?? 0,
    work?.join === true ? 1 : 0,
  ];
}

const isSame = (kind: readonly Argument[], other: readonly Argument[] | undefined): boolean =>
  other !== undefined && kind.every((part, at) => part === other[at]);

const unshared = { digest: '', generation: 0 };

/** Where each key is in the list, counted from 1; what is not there yet is added. */
function placesOf(keys: readonly string[], list: string[]): string {
  const places = keys.map((key) => {
    const at = list.indexOf(key);
    return at === -1 ? list.push(key) : at + 1;
  });
  return places.join(' ');
}

/**
 * KEYS meta, id, prioritized, pc, marker, active, BullMQ's events, created, shares, gone, events; then sets.
 * ARGV base of the queue's keys, type, events kept, start of the channels, start of the generations, number of kinds; for
 * each kind options, priority, created, fairness key, tenant, facts, which sets, and of shared work cacheMs and join; then
 * for each job its kind, id, data, event, and of shared work digest (else empty) and generation.
 * Returns for each job what became of it.
 */
const script = new Script(
  'add_many',
  `${emitLua}${takeTurnLua}${reuseLua}
  local base, type, kept, channel, generations = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
  local events = KEYS[7]
  local meta = redis.call('HMGET', KEYS[1], 'opts.maxLenEvents', 'paused', 'concurrency')
  local lengthMax = meta[1]
  if not lengthMax then
    lengthMax = 10000
    redis.call('HSET', KEYS[1], 'opts.maxLenEvents', lengthMax)
  end
  local kinds, at = {}, 7
  for i = 1, tonumber(ARGV[6]) do
    local options, priority, created, key, tenant, facts, places, cacheMs, join = unpack(ARGV, at, at + 8)
    local fields = {'opts', cjson.encode(cjson.decode(options)), 'timestamp', created, 'delay', 0, 'priority', priority,
      '${ownFields.entered}', 1}
    if tenant ~= '' then fields[11], fields[12] = '${ownFields.tenant}', tenant end
    if facts ~= '' then
      fields[#fields + 1] = '${ownFields.facts}'
      fields[#fields + 1] = facts
    end
    local sets = {}
    for place in string.gmatch(places, '%d+') do sets[#sets + 1] = KEYS[11 + place] end
    kinds[i] = {fields = fields, created = created, key = key, tenant = tenant ~= '' and tenant, sets = sets,
      level = math.floor(tonumber(priority) * 0x100000000 / LEVEL), cacheMs = cacheMs, join = join}
    at = at + 9
  end
  local answers, created, gone, levels, order, known = {}, {}, {}, {}, {}, 0
  for at = at, #ARGV, 6 do
    local kind, id, digest = kinds[tonumber(ARGV[at])], ARGV[at + 1], ARGV[at + 4]
    local job, use = base .. id, 'new'
    if digest ~= '' then
      use = reuse(generations .. digest, job, ARGV[at + 5], kind.created, kind.cacheMs, kind.join)
    end
    if use == 'new' and redis.call('EXISTS', job) == 1 then
      use = redis.call('HEXISTS', job, '${ownFields.entered}') == 1 and 'known' or 'foreign'
    end
    if use == 'new' then
      redis.call('HSET', job, 'name', type, 'data', ARGV[at + 2], unpack(kind.fields))
      redis.call('XADD', events, '*', 'event', 'added', 'jobId', id, 'name', type)
      redis.call('XADD', events, 'MAXLEN', '~', lengthMax, '*', 'event', 'waiting', 'jobId', id)
      created[#created + 1] = kind.created
      created[#created + 1] = id
      for _, set in ipairs(kind.sets) do redis.call('ZADD', set, kind.created, id) end
      if kind.tenant then gone[#gone + 1] = kind.tenant .. '/' .. id end
      gone[#gone + 1] = id
      if not levels[kind.level] then
        levels[kind.level] = {}
        order[#order + 1] = kind.level
      end
      table.insert(levels[kind.level], {id, kind.key})
      emitOf(kind.tenant, KEYS[11], kept, channel .. id, id, ARGV[at + 3])
    elseif use == 'known' then
      redis.call('XADD', events, 'MAXLEN', '~', lengthMax, '*', 'event', 'duplicated', 'jobId', id)
      known = known + 1
    end
    answers[#answers + 1] = use
  end
  local new = #created / 2
  if new + known > 0 then redis.call('INCRBY', KEYS[2], new + known) end
  if new == 0 then return answers end
  redis.call('INCRBY', KEYS[4], new)
  redis.call('ZADD', KEYS[8], unpack(created))
  redis.call('ZREM', KEYS[10], unpack(gone))
  for _, level in ipairs(order) do takeTurns(KEYS[3], KEYS[9], level, levels[level]) end
  local held = meta[2] or meta[3] and redis.call('LLEN', KEYS[6]) >= tonumber(meta[3])
  if not held then redis.call('ZADD', KEYS[5], 0, '0') end
  return answers`,
);
