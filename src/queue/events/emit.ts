/**
 * How an event is told: one entry of a capped stream, which whoever lost the thread can read again, and one message
 * on the channel of its job, which costs next to nothing when nobody listens. Scripts that change a job tell it
 * themselves, in the same step; everything else uses `EventLog`.
 */
import type { JobEvent, JobEventFacts } from '../../models/job-event.js';
import { prefixOf } from '../../models/type-id.js';
import { ownFields } from '../stored-job.js';

/**
 * Lua functions for our scripts: `emit(stream, length, channel, jobId, event)`, and `emitOf(tenant, …)` where the tenant of
 * the job is known, or that it has none. The message is the id of the entry, a space, and the event as `eventText` has it. The tenant is
 * added here, where every event of it passes.
 */
export const emitLua = `
local function emitOf(tenant, stream, length, channel, jobId, event)
  if tenant then event = '{"tenant":"' .. tenant .. '",' .. string.sub(event, 2) end
  local entry = redis.call('XADD', stream, 'MAXLEN', '~', length, '*', 'job', jobId, 'event', event)
  redis.call('PUBLISH', channel, entry .. ' ' .. event)
end
local function emit(stream, length, channel, jobId, event)
  local prefix, type = string.sub(stream, 1, -9), string.sub(jobId, 1, -28)
  local tenant = redis.call('HGET', prefix .. ':' .. type .. ':' .. jobId, '${ownFields.tenant}')
  emitOf(tenant, stream, length, channel, jobId, event)
end
`;

export const eventOf = (facts: JobEventFacts, nowMs: number): JobEvent =>
  ({ ...facts, type: prefixOf(facts.jobId) ?? '', at: isoOf(nowMs) }) as JobEvent;

/** As it is stored and told: JSON without the id of its job, which the entry and the channel have, and without its type. */
export const eventText = ({ jobId: _jobId, type: _type, ...told }: JobEvent): string => JSON.stringify(told);

/** The event again. @throws SyntaxError */
export const eventIn = (jobId: string, text: string): JobEvent =>
  ({
    jobId,
    type: prefixOf(jobId) ?? '',
    ...(JSON.parse(text) as Omit<JobEvent, 'jobId' | 'type'>),
  }) as JobEvent;

/** Thousands of events are told in one second, many in the same millisecond. */
let latest = { ms: 0, iso: new Date(0).toISOString() };

function isoOf(ms: number): string {
  if (ms !== latest.ms) latest = { ms, iso: new Date(ms).toISOString() };
  return latest.iso;
}
