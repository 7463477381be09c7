/**
 * Reads many jobs in one script and one round trip: of each its hash, and what of its place is not in there. For a job
 * that has finished that is all; where it waits, and whether a worker holds it, is asked only of the others.
 */
import type { Job } from '../../models/job.js';
import { prefixOf } from '../../models/type-id.js';
import { queueKeys } from '../keys.js';
import type { QueueAccess } from '../queue-access.js';
import { Script } from '../script.js';
import { jobFrom } from '../stored-job.js';
import { Turn } from './turn.js';

/** Jobs that one script reads: Redis answers nobody else meanwhile. */
const jobsMax = 100;

/** Of one job: the fields of its hash with their values, whether it is locked, its score, whether it waits for children. */
type Found = [fields: string[], locked: number, dueScore: string | null, blocked: number];

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
  const keys = ids.flatMap((id) => {
    const queue = queueKeys(prefix, prefixOf(id) ?? '');
    return [queue.job(id), queue.lock(id), queue.delayed, queue.waitingChildren];
  });
  const found = (await access.ask(() => script.run(connection, keys, ids))) as Found[];
  return ids.map((id, index) => {
    const [fields = [], locked = 0, dueScore = null, blocked = 0] = found[index] ?? [];
    const hash = hashOf(fields);
    if (hash.timestamp === undefined) return 'none';
    return jobFrom(id, hash, { locked: locked === 1, dueScore, blocked: blocked === 1 });
  });
}

function hashOf(fields: readonly string[]): Record<string, string> {
  const hash: Record<string, string> = {};
  for (let at = 0; at < fields.length; at += 2) hash[fields[at] ?? ''] = fields[at + 1] ?? '';
  return hash;
}

/** KEYS for each job: itself, its lock, the delayed, those that wait for children. ARGV ids. */
const script = new Script(
  'find_many',
  `local found = {}
  for i, id in ipairs(ARGV) do
    local at = 4 * i - 3
    local fields = redis.call('HGETALL', KEYS[at])
    local finished = false
    for field = 1, #fields, 2 do finished = finished or fields[field] == 'finishedOn' end
    if #fields == 0 or finished then
      found[i] = {fields, 0, false, 0}
    else
      found[i] = {fields, redis.call('EXISTS', KEYS[at + 1]), redis.call('ZSCORE', KEYS[at + 2], id),
        redis.call('ZSCORE', KEYS[at + 3], id) and 1 or 0}
    end
  end
  return found`,
);
