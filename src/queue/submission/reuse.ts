/**
 * The same work, once: which job does the work of a content. The id of the job follows from the content and from how
 * many jobs have done that work before; who asks at the same time finds the same id, and adding it twice is one job.
 */
import { createHash } from 'node:crypto';
import { typeId, uuidFromDigest } from '../../models/type-id.js';
import { queueKeys } from '../keys.js';
import type { QueueAccess } from '../queue-access.js';
import { Script } from '../script.js';
import { ownFields } from '../stored-job.js';

/** Longer than any job that it may stand for is kept usable, in milliseconds. */
const generationMs = 400 * 86_400_000;

export interface SharedWork {
  /** Of everything that makes two jobs the same: type, version, payload, contents of files. */
  digest: string;
  /** Whether one that is unfinished will do. */
  join: boolean;
  /** How long a result will do, in milliseconds. */
  cacheMs: number;
}

export type Reusable = { id: string; use: 'new' | 'joined' | 'cached' };

/**
 * KEYS generation, job of that generation. ARGV generation, now, cacheMs, join, how long to remember, only look.
 * Returns new, joined or cached; or the generation to look at instead. A job that failed or was cancelled, or whose
 * result is too old, makes room for the next generation; who only looks leaves it as it is, and is told `new`.
 */
const look = new Script(
  'reuse',
  `local current = tonumber(redis.call('GET', KEYS[1]) or 0)
  if current ~= tonumber(ARGV[1]) then return current end
  local job = redis.call('HMGET', KEYS[2], 'timestamp', 'finishedOn', 'returnvalue', '${ownFields.cancelRequested}')
  if not job[1] then return 'new' end
  if not job[2] then
    if ARGV[4] == '1' and not job[4] then return 'joined' end
  elseif job[3] and tonumber(job[2]) + tonumber(ARGV[3]) > tonumber(ARGV[2]) then
    return 'cached'
  end
  if ARGV[6] == '1' then return 'new' end
  redis.call('SET', KEYS[1], current + 1, 'PX', ARGV[5])
  return current + 1`,
);

/** @throws Failure `queue_unavailable` */
export function reusableJob(access: QueueAccess, type: string, work: SharedWork): Promise<Reusable> {
  return lookFor(access, type, work, { onlyLook: false });
}

/**
 * The same without a trace: the job that does the work, or undefined where one would have to be made.
 *
 * @throws Failure `queue_unavailable`
 */
export async function reusableNow(
  access: QueueAccess,
  type: string,
  work: SharedWork,
): Promise<{ id: string; use: 'joined' | 'cached' } | undefined> {
  const { id, use } = await lookFor(access, type, work, { onlyLook: true });
  return use === 'new' ? undefined : { id, use };
}

async function lookFor(
  access: QueueAccess,
  type: string,
  work: SharedWork,
  { onlyLook }: { onlyLook: boolean },
): Promise<Reusable> {
  const { connection, keys, prefix, now } = access;
  let generation = 0;
  for (;;) {
    const id = idOf(type, work.digest, generation);
    const found = await access.ask(() =>
      look.run(
        connection,
        [keys.generation(work.digest), queueKeys(prefix, type).job(id)],
        [generation, now(), work.cacheMs, work.join ? 1 : 0, generationMs, onlyLook ? 1 : 0],
      ),
    );
    if (typeof found !== 'number') return { id, use: found as Reusable['use'] };
    generation = found;
  }
}

const idOf = (type: string, digest: string, generation: number): string =>
  typeId(type, uuidFromDigest(createHash('sha256').update(`${digest}/${generation}`).digest()));
