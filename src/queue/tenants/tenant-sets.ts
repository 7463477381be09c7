/**
 * The lists of one tenant's jobs, beside those of all: where there are API keys, a client reads these and never looks
 * through what belongs to others. Like those of all they may hold an entry too many, which a reader finds out; a job
 * that completes is entered just before its end is recorded.
 */
import type { Job } from '../../models/job.js';
import { prefixOf } from '../../models/type-id.js';
import type { Connection } from '../connection.js';
import type { OwnKeys } from '../keys.js';
import { type JobData, ownFields } from '../stored-job.js';

/** The sets that a job enters when it is added; none without a tenant. */
export function setsOfNew(keys: OwnKeys, type: string, { tenant, tags = [] }: JobData): string[] {
  if (tenant === undefined) return [];
  const own = keys.of(tenant);
  return [own.created(type), own.unfinished, ...tags.map(own.tag)];
}

/** The sets that a finished job may be in; none without a tenant. */
export function setsOfFinished(
  keys: OwnKeys,
  { type, tags = [], error, tenant }: Pick<Job, 'type' | 'tags' | 'error' | 'tenant'>,
): string[] {
  if (tenant === undefined) return [];
  const own = keys.of(tenant);
  return [
    own.created(type),
    own.unfinished,
    own.completed(type),
    own.failed(type),
    ...tags.map(own.tag),
    ...(error === undefined ? [] : [own.error(type, error.code)]),
  ];
}

/** Of a job that is about to complete. */
export async function noteCompleted(
  { connection, keys, now }: { connection: Connection; keys: OwnKeys; now: () => number },
  id: string,
  tenant: string | undefined,
): Promise<void> {
  if (tenant === undefined) return;
  const own = keys.of(tenant);
  await connection
    .pipeline()
    .zadd(own.completed(prefixOf(id) ?? ''), now(), id)
    .zrem(own.unfinished, id)
    .exec();
}

/**
 * Lua functions for our scripts, which do nothing for a job without a tenant: `failedOfTenant(job, events, id, code,
 * finished)` when it has failed or was cancelled, `unfinishedOfTenant(job, events, id, code, created)` when it waits
 * again after that.
 */
export const tenantLua = `
local function ofTenant(job, events)
  local tenant = redis.call('HGET', job, '${ownFields.tenant}')
  return tenant and (string.sub(events, 1, -9) .. '::of:' .. tenant .. ':')
end
local function failedOfTenant(job, events, id, code, finished)
  local own = ofTenant(job, events)
  if not own then return end
  redis.call('ZREM', own .. 'unfinished', id)
  local type = string.sub(id, 1, -28)
  redis.call('ZADD', own .. 'error:' .. type .. ':' .. code, finished, id)
  if code ~= 'cancelled' then redis.call('ZADD', own .. 'failed:' .. type, finished, id) end
end
local function unfinishedOfTenant(job, events, id, code, created)
  local own = ofTenant(job, events)
  if not own then return end
  redis.call('ZADD', own .. 'unfinished', created, id)
  local type = string.sub(id, 1, -28)
  redis.call('ZREM', own .. 'error:' .. type .. ':' .. code, id)
  redis.call('ZREM', own .. 'failed:' .. type, id)
end
`;
