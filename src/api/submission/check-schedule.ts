/** Checks requests for schedules: the job as `POST /api/jobs` does, and when it is to run. */
import { z } from 'zod';
import { didYouMean } from '../../did-you-mean.js';
import { type FieldError, failure } from '../../models/failure.js';
import type { JobType } from '../../models/job-type.js';
import {
  type Schedule,
  type ScheduleChange,
  type ScheduleDefinition,
  scheduleBytesMax,
  scheduleChangeSchema,
  scheduledJobOptionsSchema,
  scheduleRequestShape,
} from '../../models/schedule.js';
import { cronMistakes } from '../../queue/schedules/cron.js';
import { isTimeZone, timeZones } from '../../queue/schedules/time-zone.js';
import type { Registry } from '../../workers/registry.js';
import { invalid, tryParse } from '../explain.js';
import { posted, unionOf } from '../job-schemas.js';
import { mistakesBesideType } from './plan-job.js';

const shape = { options: scheduledJobOptionsSchema.optional(), ...scheduleRequestShape };

/** What a request for a schedule of jobs of this type looks like. */
const scheduleRequestSchema = ({ type, payload }: JobType) =>
  z.strictObject({ type: z.literal(type), payload, ...shape });

export type ScheduleRequestSchemas = ReadonlyMap<string, ReturnType<typeof scheduleRequestSchema>>;

/** By type, of those that clients can post. */
export const scheduleRequestSchemas = (registry: Registry): ScheduleRequestSchemas =>
  new Map(posted(registry).map((definition) => [definition.type, scheduleRequestSchema(definition)]));

/** A request for a schedule of jobs of any type. */
export const scheduleRequestUnion = (registry: Registry) =>
  unionOf(posted(registry), 'ScheduleRequest', scheduleRequestSchema);

/** @throws Failure `validation_failed` with all mistakes */
export function checkSchedule(
  body: unknown,
  schemas: ScheduleRequestSchemas,
): z.output<ReturnType<typeof scheduleRequestSchema>> {
  const type = typeof body === 'object' && body !== null && 'type' in body ? body.type : undefined;
  const schema = typeof type === 'string' ? schemas.get(type) : undefined;
  const parsed =
    schema === undefined
      ? { mistakes: mistakesBesideType(body, [...schemas.keys()], '', shape) }
      : tryParse(schema, body);
  const mistakes = [...('mistakes' in parsed ? parsed.mistakes : []), ...timingMistakes(body)];
  if ('mistakes' in parsed || mistakes.length > 0) throw invalid(mistakes);
  return parsed.value;
}

/**
 * The members that a change has. Those that it has not are not checked again: a schedule can be paused whatever has
 * become of its type.
 *
 * @param definition The type of the schedule's jobs.
 * @throws Failure `validation_failed` with all mistakes
 */
export function checkScheduleChange(
  body: unknown,
  held: Schedule,
  definition: JobType | undefined,
): ScheduleChange {
  const parsed = tryParse(scheduleChangeSchema, body);
  const change: object = typeof body === 'object' && body !== null ? body : {};
  const mistakes = [
    ...('mistakes' in parsed ? parsed.mistakes : []),
    ...payloadMistakes(change, held, definition),
    ...timingMistakes({ ...timingOf(held, change) }),
  ];
  if ('mistakes' in parsed || mistakes.length > 0) throw invalid(mistakes);
  return parsed.value;
}

/** A schedule as a change leaves it. */
export function changed(
  held: ScheduleDefinition,
  change: ScheduleChange,
  more: { version: number; nowMs: number },
): ScheduleDefinition {
  const { cron: _cron, timeZone: _zone, everyMs: _every, options, ...rest } = held;
  const { options: newOptions = options, payload, paused } = change;
  const definition = {
    ...rest,
    ...timingOf(held, change),
    ...(payload === undefined ? {} : { payload, version: more.version }),
    ...(newOptions === null || newOptions === undefined ? {} : { options: newOptions }),
    ...(paused === undefined ? {} : { paused }),
    updatedAt: new Date(more.nowMs).toISOString(),
  } as ScheduleDefinition;
  requireSize(definition);
  return definition;
}

/** @throws Failure `validation_failed` where it is too large to be kept */
export function requireSize(definition: ScheduleDefinition): void {
  const bytes = Buffer.byteLength(JSON.stringify(definition));
  if (bytes <= scheduleBytesMax) return;
  const message = `the schedule has ${bytes} bytes as JSON, and may have ${scheduleBytesMax}; put large input into a file`;
  throw invalid([{ pointer: '/payload', code: 'too_big', message }]);
}

/** What is thrown where there is no such schedule. */
export const noSchedule = (id: string) =>
  failure('schedule_not_found', `There is no schedule ${JSON.stringify(id)}.`);

type Times = { cron?: unknown; timeZone?: unknown; everyMs?: unknown };

/** What a change makes of the times: null takes one away, a new one of either kind takes the place of the other. */
function timingOf(held: Times, change: Times): Times {
  const merged: Times = { cron: held.cron, timeZone: held.timeZone, everyMs: held.everyMs };
  if (isGiven(change.everyMs) && !('cron' in change)) merged.cron = undefined;
  if (isGiven(change.cron) && !('everyMs' in change)) merged.everyMs = undefined;
  for (const name of ['cron', 'timeZone', 'everyMs'] as const)
    if (name in change) merged[name] = change[name];
  if (!isGiven(merged.cron) && !('timeZone' in change)) merged.timeZone = undefined;
  if (isGiven(merged.cron) && !isGiven(merged.timeZone)) merged.timeZone = 'UTC';
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => isGiven(value)));
}

const isGiven = (value: unknown) => value !== undefined && value !== null;

function payloadMistakes(change: object, { type }: Schedule, definition: JobType | undefined): FieldError[] {
  if (!('payload' in change)) return [];
  if (definition === undefined) {
    const message = `cannot be checked: the type ${JSON.stringify(type)} is not registered`;
    return [{ pointer: '/payload', code: 'unknown_type', message }];
  }
  const parsed = tryParse(definition.payload, change.payload, '/payload');
  return 'mistakes' in parsed ? parsed.mistakes : [];
}

/** Exactly one of `cron` and `everyMs`, and each right. What is not of its kind has been told already. */
function timingMistakes(body: unknown): FieldError[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return [];
  const { cron, timeZone, everyMs }: Times = body;
  const mistakes: FieldError[] = [];
  const wrong = (pointer: string, code: string, message: string) => mistakes.push({ pointer, code, message });
  if (cron !== undefined && everyMs !== undefined)
    wrong('/everyMs', 'invalid_value', 'cannot be given together with cron');
  if (cron === undefined && everyMs === undefined)
    wrong('/cron', 'missing', 'is missing; so is everyMs, the other way to say when');
  if (cron === undefined && timeZone !== undefined)
    wrong('/timeZone', 'invalid_value', 'says nothing without cron');
  if (typeof cron === 'string' && cron.length <= 300)
    for (const mistake of cronMistakes(cron)) wrong('/cron', 'invalid_cron', mistake);
  if (typeof timeZone === 'string' && timeZone.length <= 64 && !isTimeZone(timeZone))
    wrong(
      '/timeZone',
      'invalid_time_zone',
      `expected the IANA name of a time zone, such as "Europe/Berlin", got ${JSON.stringify(timeZone)}${didYouMean(timeZone, timeZones())}`,
    );
  return mistakes;
}
