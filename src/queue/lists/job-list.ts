/**
 * Pages of jobs, newest first, at a bounded cost however many are stored.
 *
 * A list is read along one sorted set for each type, or one for a tag, which the filter chooses:
 * of `completed`, `failed` and `cancelled` jobs by the time of their end, of all others by that of their creation. What
 * the sets do not know is asked of the jobs themselves. A place in a set is a time and an id, so what arrives or
 * leaves meanwhile neither hides a job nor shows it twice. Of one request at most `examinedMax` jobs are looked at; a
 * page may be short then, and its cursor goes on.
 */
import { isFinal, type JobStatus } from '../../models/job.js';
import { prefixOf } from '../../models/type-id.js';
import { queueKeys } from '../keys.js';
import type { QueueAccess } from '../queue-access.js';
import { Script } from '../script.js';
import { type JobSummary, readSummaries } from './job-summaries.js';

export interface JobFilter {
  /** Types to list: those that are asked for, else all. */
  types: readonly string[];
  /** Only this one's; of all when absent. */
  tenant?: string;
  status?: JobStatus;
  tag?: string;
  /** Of failed jobs. */
  errorCode?: string;
  /** From this time on, in milliseconds since the epoch: that by which the list is ordered. */
  fromMs?: number;
  /** Before this time. */
  untilMs?: number;
}

/** Where a page ended. */
export interface Place {
  atMs: number;
  id: string;
}

export interface JobPage {
  jobs: JobSummary[];
  /** Where the next page begins; absent at the end of the list. */
  next?: Place;
}

/** Jobs that one page may look at, and that are read at once. */
const examinedMax = 2_000;
const chunkSize = 100;
/** Up to so many jobs in one state, their ids are put in order here; beyond, the list of all is looked through. */
const sparseMax = 5_000;

export class JobList {
  constructor(readonly access: QueueAccess) {}

  /** @throws Failure `queue_unavailable` */
  async page(filter: JobFilter, limit: number, after?: Place): Promise<JobPage> {
    const source = (await this.#sparse(filter)) ?? this.#along(keysOf(filter, this.access));
    const jobs: JobSummary[] = [];
    let place = after;
    for (let examined = 0; examined < examinedMax; ) {
      // At first no more than will do where the set knows all that the filter asks.
      const count = examined === 0 ? Math.min(limit, chunkSize) : chunkSize;
      const places = await source(place, filter, count);
      const found = await readSummaries(
        this.access,
        places.map(({ id }) => id),
      );
      for (const [index, job] of found.entries()) {
        place = places[index];
        if (job === undefined || !matches(job, filter)) continue;
        jobs.push(job);
        if (jobs.length === limit) return { jobs, next: place };
      }
      if (places.length < count) return { jobs };
      examined += places.length;
    }
    return { jobs, next: place };
  }

  /** The places behind one, of several sorted sets as if they were one. */
  #along(keys: readonly string[]): Source {
    const { access } = this;
    return async (after, { fromMs, untilMs }, count) => {
      walk.define(access.connection);
      const pipeline = access.connection.pipeline();
      for (const key of keys)
        walk.queue(pipeline, [key], [after?.atMs ?? '', after?.id ?? '', fromMs ?? '', untilMs ?? '', count]);
      const answers = (await access.answers(pipeline)) as string[][];
      return answers.flatMap(placesOf).sort(newestFirst).slice(0, count);
    };
  }

  /** The same for jobs of a state that few are in: BullMQ keeps those in an order of its own. */
  async #sparse({ status, types, tag, tenant }: JobFilter): Promise<Source | undefined> {
    if (status === undefined || isFinal(status) || tag !== undefined) return undefined;
    const { access } = this;
    const { created } = tenant === undefined ? access.keys : access.keys.of(tenant);
    const sets = types.map((type) => ({ type, keys: queueKeys(access.prefix, type) }));
    const size = access.connection.pipeline();
    for (const { keys } of sets) {
      // One that has lost its worker is among the active until somebody notices; one that is held, among the delayed.
      if (status === 'pending')
        size.llen(keys.wait).zcard(keys.prioritized).zcard(keys.delayed).llen(keys.active);
      else if (status === 'processing') size.llen(keys.active);
      else size.zcard(status === 'blocked' ? keys.waitingChildren : keys.delayed);
    }
    const sizes = (await access.answers(size)) as number[];
    if (sizes.reduce((sum, count) => sum + count, 0) > sparseMax) return undefined;
    // At one moment: a job that moves from one to another is in exactly one.
    const read = access.connection.multi();
    for (const { keys } of sets) {
      if (status === 'pending')
        read
          .lrange(keys.wait, 0, -1)
          .zrange(keys.prioritized, '0', '-1')
          .zrange(keys.delayed, '0', '-1')
          .lrange(keys.active, 0, -1);
      else if (status === 'processing') read.lrange(keys.active, 0, -1);
      else read.zrange(status === 'blocked' ? keys.waitingChildren : keys.delayed, '0', '-1');
    }
    const ids = ((await access.answers(read)) as string[][]).flat();
    const places = await this.#placesOf(ids, created);
    return async (after, { fromMs = 0, untilMs = Infinity }, count) =>
      places
        .filter(
          (place) =>
            place.atMs >= fromMs &&
            place.atMs < untilMs &&
            (after === undefined || newestFirst(after, place) < 0),
        )
        .slice(0, count);
  }

  async #placesOf(ids: readonly string[], created: (type: string) => string): Promise<Place[]> {
    const { access } = this;
    const pipeline = access.connection.pipeline();
    for (const id of ids) pipeline.zscore(created(prefixOf(id) ?? ''), id);
    const scores = (await access.answers(pipeline)) as (string | null)[];
    const places = ids.map((id, index) => ({ id, atMs: Number(scores[index] ?? Number.NaN) }));
    return places.filter(({ atMs }) => !Number.isNaN(atMs)).sort(newestFirst);
  }
}

type Source = (after: Place | undefined, filter: JobFilter, count: number) => Promise<Place[]>;

/**
 * A part of a sorted set from high to low. KEYS the set. ARGV time and id of the place behind which it begins (or
 * empty), first time, time before which it ends, how many. A place whose member is gone or has moved is found all the
 * same: it is put there for a moment.
 */
const walk = new Script(
  'walk',
  `local start
  if ARGV[2] ~= '' then
    local score = redis.call('ZSCORE', KEYS[1], ARGV[2])
    local isThere = score and tonumber(score) == tonumber(ARGV[1])
    if not isThere then redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2]) end
    start = redis.call('ZREVRANK', KEYS[1], ARGV[2])
    if isThere then
      start = start + 1
    elseif score then
      redis.call('ZADD', KEYS[1], score, ARGV[2])
      if tonumber(score) > tonumber(ARGV[1]) then start = start + 1 end
    else
      redis.call('ZREM', KEYS[1], ARGV[2])
    end
  elseif ARGV[4] ~= '' then
    start = redis.call('ZCOUNT', KEYS[1], ARGV[4], '+inf')
  else
    start = 0
  end
  local found = redis.call('ZREVRANGE', KEYS[1], start, start + ARGV[5] - 1, 'WITHSCORES')
  if ARGV[3] == '' then return found end
  local kept = {}
  for i = 1, #found, 2 do
    if tonumber(found[i + 1]) < tonumber(ARGV[3]) then break end
    kept[#kept + 1] = found[i]
    kept[#kept + 1] = found[i + 1]
  end
  return kept`,
);

function keysOf(filter: JobFilter, { prefix, keys }: QueueAccess): string[] {
  const { types, status, tag, errorCode, tenant } = filter;
  const own = tenant === undefined ? keys : keys.of(tenant);
  if (errorCode !== undefined) return types.map((type) => own.error(type, errorCode));
  if (tag !== undefined) return [own.tag(tag)];
  if (status === 'cancelled') return types.map((type) => own.error(type, 'cancelled'));
  if (status === 'completed' || status === 'failed')
    return types.map((type) =>
      tenant === undefined ? queueKeys(prefix, type)[status] : keys.of(tenant)[status](type),
    );
  return types.map(own.created);
}

const matches = (job: JobSummary, { types, status, tag, errorCode, tenant }: JobFilter): boolean =>
  types.includes(job.type) &&
  (tenant === undefined || job.tenant === tenant) &&
  (status === undefined || job.status === status) &&
  (tag === undefined || (job.tags?.includes(tag) ?? false)) &&
  (errorCode === undefined || (isFinal(job.status) && job.error?.code === errorCode));

const placesOf = (entries: readonly string[]): Place[] =>
  entries.flatMap((id, index) => (index % 2 === 0 ? [{ id, atMs: Number(entries[index + 1]) }] : []));

/** As Redis orders a sorted set backwards: by score, then by the bytes of the member. */
const newestFirst = (a: Place, b: Place): number =>
  b.atMs - a.atMs || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
