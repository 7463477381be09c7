/**
 * The same work, once: which job does the work of a content. The id of the job follows from the content and from how
 * many jobs have done that work before; who asks at the same time finds the same id, and adding it twice is one job.
 */
import { hash } from 'node:crypto';
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
 * A Lua function for our scripts: `reuse(generations, job, generation, now, cacheMs, join, onlyLook)`, where `job` is the
 * key of the job of that generation. Returns new, joined or cached; or the generation to look at instead. A job that
 * failed or was cancelled, or whose result is too old, makes room for the next generation; who only looks leaves it as
 * it is, and is told `new`.
 */
export const reuseLua = `
local function reuse(generations, job, generation, now, cacheMs, join, onlyLook)
  local current = tonumber(redis.call('GET', generations) or 0)
  if current ~= tonumber(generation) then return current end
  local state = redis.call('HMGET', job, 'timestamp', 'finishedOn', '${ownFields.cancelRequested}')
  if not state[1] then return 'new' end
  if not state[2] then
    if join == '1' and not state[3] then return 'joined' end
  elseif tonumber(state[2]) + tonumber(cacheMs) > tonumber(now)
    and redis.call('HEXISTS', job, 'returnvalue') == 1 then
    return 'cached'
  end
  if onlyLook then return 'new' end
  redis.call('SET', generations, current + 1, 'PX', ${generationMs})
  return current + 1
end
`;

/** KEYS generations, job of that generation. ARGV generation, now, cacheMs, join, only look. */
const look = new Script(
  'reuse',
  `${reuseLua}
  return reuse(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5] == '1')`,
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
    const id = idOfWork(type, work.digest, generation);
    const found = await access.ask(() =>
      look.run(
        connection,
        [keys.generation(work.digest), queueKeys(prefix, type).job(id)],
        [generation, now(), work.cacheMs, work.join ? 1 : 0, onlyLook ? 1 : 0],
      ),
    );
    if (typeof found !== 'number') return { id, use: found as Reusable['use'] };
    generation = found;
  }
}

/** @param generation How many jobs have done the work before. */
export const idOfWork = (type: string, digest: string, generation: number): string =>
  typeId(type, uuidFromDigest(hash('sha256', `${digest}/${generation}`, 'buffer')));
