/**
 * Reads many jobs in one script and one round trip: of each the fields of its hash that make it, and what of its place is
 * not in there. For a job that has finished that is all; where it waits, and whether a worker holds it, is asked only of
 * the others.
 */
import type { Job } from '../../models/job.js';
import { prefixOfWellFormed } from '../../models/type-id.js';
import { jobKey } from '../keys.js';
import type { QueueAccess } from '../queue-access.js';
import { Script } from '../script.js';
import { jobFrom, type StoredField, storedFields } from '../stored-job.js';
import { Turn } from './turn.js';

/** Jobs that one script reads: Redis answers nobody else meanwhile. */
const jobsMax = 100;

/** Of one job: the values of `storedFields`, and of an unfinished one whether it is locked, its score, whether it waits for children. */
type Found = (string | number | null)[];

export class JobFinder {
  readonly #finding: Turn<string, Job | 'none'>;

  constructor(access: QueueAccess) {
    this.#finding = new Turn(async (ids) => {
      const pages = Array.from({ length: Math.ceil(ids.length / jobsMax) }, (_, page) =>
        ids.slice(page * jobsMax, (page + 1) * jobsMax),
      );
      return (await Promise.all(pages.map((page) => findPage(access, page)))).flat();
    });
  }

  /** Undefined where there is none. @param id In its usual form. @throws Failure `queue_unavailable` */
  async find(id: string): Promise<Job | undefined> {
    const job = await this.#finding.ask(id);
    return job === 'none' ? undefined : job;
  }
}

async function findPage(access: QueueAccess, ids: readonly string[]): Promise<(Job | 'none')[]> {
  const { connection, prefix } = access;
  const keys = ids.map((id) => jobKey(prefix, prefixOfWellFormed(id), id));
  const found = (await access.ask(() => script.runPacked(connection, keys, ids))) as Found[];
  return ids.map((id, index) => {
    const values = found[index] ?? [];
    const hash: Partial<Record<StoredField, string>> = {};
    for (const [at, field] of storedFields.entries()) {
      const value = values[at];
      if (typeof value === 'string') hash[field] = value;
    }
    if (hash.timestamp === undefined) return 'none';
    const [locked, dueScore, blocked] = values.slice(storedFields.length);
    return jobFrom(id, hash, {
      locked: locked === 1,
      dueScore: typeof dueScore === 'string' ? dueScore : null,
      blocked: typeof blocked === 'string',
    });
  });
}

const count = storedFields.length;

/** KEYS the jobs. ARGV their ids. The other keys of a queue begin as those of its jobs. */
const script = new Script(
  'find_many',
  `local found = {}
  for i, id in ipairs(ARGV) do
    local key = KEYS[i]
    local job = redis.call('HMGET', key, '${storedFields.join("', '")}')
    -- Of BullMQ's fields, one is always there and one at the end.
    if job[1] and not job[2] then
      local queue = string.sub(key, 1, #key - #id)
      job[${count + 1}] = redis.call('EXISTS', key .. ':lock')
      job[${count + 2}] = redis.call('ZSCORE', queue .. 'delayed', id)
      job[${count + 3}] = redis.call('ZSCORE', queue .. 'waiting-children', id)
    end
    found[i] = job
  end
  return cmsgpack.pack(found)`,
);
