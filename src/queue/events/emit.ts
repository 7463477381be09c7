/**
 * How an event is told: one entry of a capped stream, which whoever lost the thread can read again, and one message
 * on the channel of its job, which costs next to nothing when nobody listens. Scripts that change a job tell it
 * themselves, in the same step; everything else uses `EventLog`.
 */
import type { JobEvent, JobEventFacts } from '../../models/job-event.js';
import { prefixOf } from '../../models/type-id.js';
import { ownFields } from '../stored-job.js';

/**
 * Lua functions for our scripts: `emit(stream, length, channel, jobId, event)`, and `tell(…, tenant)` where the tenant of
 * the job is known (`false` for none). The message is the id of the entry, a space, and the event as JSON. The tenant is
 * added here, where every event passes.
 */
export const emitLua = `
local function tell(stream, length, channel, jobId, event, tenant)
  if tenant then event = '{"tenant":"' .. tenant .. '",' .. string.sub(event, 2) end
  local entry = redis.call('XADD', stream, 'MAXLEN', '~', length, '*', 'job', jobId, 'event', event)
  redis.call('PUBLISH', channel, entry .. ' ' .. event)
end
local function emit(stream, length, channel, jobId, event)
  local prefix, type = string.sub(stream, 1, -9), string.sub(jobId, 1, -28)
  local tenant = redis.call('HGET', prefix .. ':' .. type .. ':' .. jobId, '${ownFields.tenant}')
  tell(stream, length, channel, jobId, event, tenant)
end
`;

/** The event as it is stored and told. */
export const eventOf = (facts: JobEventFacts, nowMs: number): JobEvent =>
  ({ ...facts, type: prefixOf(facts.jobId) ?? '', at: new Date(nowMs).toISOString() }) as JobEvent;
