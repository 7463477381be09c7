/**
 * Schedules in Redis, and the jobs that come of them. Whoever keeps house looks once a second (`runDue`), and nothing
 * depends on there being one only:
 *
 * 1. A schedule whose time has come is read.
 * 2. Its job is submitted under an id that follows from the schedule and the time, so it is one job however many do it.
 * 3. The schedule is moved to its next time, if it is still at the one that was seen and still as it was read.
 *
 * A server that dies between 2 and 3 leaves a schedule that is due; the next one submits the same job, and moves it on.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../models/canonical-json.js';
import { failure, isFailure } from '../../models/failure.js';
import type { JobType } from '../../models/job-type.js';
import { type Schedule, type ScheduleDefinition, schedulesMax, scheduleTag } from '../../models/schedule.js';
import { typeId, uuidFromDigest } from '../../models/type-id.js';
import type { NewJob } from '../job-queue.js';
import type { QueueAccess } from '../queue-access.js';
import type { Script } from '../script.js';
import { nextRun, runToMake } from './run-times.js';
import { changeScript, createScript, moveScript, ranScript } from './schedule-scripts.js';

/** Must be idempotent for an id, as `JobQueue.submit` is. */
export type Submit = (job: NewJob, scheduleId: string) => Promise<unknown>;

/** The type of a job as this server has it; undefined for one that it does not have. */
export type DefinitionOf = (type: string) => Pick<JobType, 'version' | 'policy'> | undefined;

export class Schedules {
  constructor(
    readonly access: QueueAccess,
    readonly definitionOf: DefinitionOf,
  ) {}

  /**
   * Stores a schedule. One that asks for the same under this id stays as it is, paused or not, however often and at
   * once it is created.
   *
   * @throws Failure `schedule_exists`, `too_many_schedules`, `queue_unavailable`
   */
  async create(definition: ScheduleDefinition): Promise<{ schedule: Schedule; created: boolean }> {
    const dueMs = this.#dueMs(definition);
    const [outcome, held = ''] = (await this.#run(
      createScript,
      [this.access.keys.schedules, this.access.keys.schedulesDue],
      [nameOf(definition), JSON.stringify(definition), dueMs ?? '', schedulesMax, startOf(definition.tenant)],
    )) as [string, string?];
    if (outcome === 'full')
      throw failure('too_many_schedules', `There are ${schedulesMax} schedules; delete one first.`);
    if (outcome === 'created')
      return { schedule: scheduleFrom(definition, dueMs?.toString() ?? null, null), created: true };
    const existing = JSON.parse(held) as ScheduleDefinition;
    if (whatIsAsked(existing) !== whatIsAsked(definition))
      throw failure(
        'schedule_exists',
        `The schedule ${JSON.stringify(definition.id)} exists and asks for something else; change it with PATCH, or delete it first.`,
      );
    return { schedule: (await this.find(nameOf(definition))) ?? existing, created: false };
  }

  /** @param name See `nameOf`. @throws Failure `queue_unavailable` */
  async find(name: string): Promise<Schedule | undefined> {
    return (await this.#read([name]))[0];
  }

  /**
   * A page of schedules in the order of their names.
   *
   * @param page `after`: the name behind which it begins. `tenant`: only this one's, by their ids.
   * @throws Failure `queue_unavailable`
   */
  async list({ after = '', limit, tenant, isShown = () => true }: SchedulePage): Promise<{
    schedules: Schedule[];
    more: boolean;
  }> {
    const { connection, keys } = this.access;
    const start = startOf(tenant);
    const names = (await this.access.ask(() => connection.hkeys(keys.schedules)))
      .filter((name) => name.startsWith(start) && name > start + after)
      .sort();
    const shown: Schedule[] = [];
    for (let at = 0; at < names.length && shown.length <= limit; at += limit + 1)
      shown.push(...(await this.#read(names.slice(at, at + limit + 1))).filter(isShown));
    return { schedules: shown.slice(0, limit), more: shown.length > limit };
  }

  /**
   * Changes a schedule; undefined where there is none. Its next run stays what it was unless its times change.
   *
   * @param change May be called again, when somebody else was quicker; what it throws is thrown.
   * @throws Failure `queue_unavailable`
   */
  async change(
    name: string,
    change: (held: ScheduleDefinition) => ScheduleDefinition,
  ): Promise<Schedule | undefined> {
    for (;;) {
      const text = await this.#definition(name);
      if (text === null) return undefined;
      const held = JSON.parse(text) as ScheduleDefinition;
      const changed = change(held);
      const due = timesOf(held) === timesOf(changed) ? 'as it is' : (this.#dueMs(changed) ?? '');
      const done = await this.#run(
        changeScript,
        [this.access.keys.schedules, this.access.keys.schedulesDue],
        [name, text, JSON.stringify(changed), due],
      );
      if (done === 1) return this.find(name);
    }
  }

  /** Jobs that it has made stay. @throws Failure `queue_unavailable` */
  async remove(name: string): Promise<void> {
    const { schedules, schedulesDue, schedulesRan } = this.access.keys;
    const commands = this.access.connection.multi();
    await this.access.answers(
      commands.hdel(schedules, name).zrem(schedulesDue, name).hdel(schedulesRan, name),
    );
  }

  /**
   * Makes a job of a schedule out of turn, paused or not.
   *
   * @throws Failure `queue_unavailable`, and what `submit` throws
   */
  async runNow(
    schedule: ScheduleDefinition,
    job: { id: string; requestId: string },
    submit: Submit,
  ): Promise<void> {
    const definition = this.definitionOf(schedule.type);
    if (definition === undefined)
      throw failure('type_not_found', `The type ${JSON.stringify(schedule.type)} is no longer registered.`);
    await submit({ ...jobOf(schedule, job.id, definition), requestId: job.requestId }, schedule.id);
    const { schedules, schedulesRan } = this.access.keys;
    const ran = `${this.access.now()} ${job.id}`;
    await this.#run(ranScript, [schedules, schedulesRan], [nameOf(schedule), ran]);
  }

  /**
   * Submits the jobs of all schedules whose time has come. To be called every second or so, by any server. One schedule that cannot be run does not hold up the others: its failure is thrown at the end.
   *
   * @throws Failure `queue_unavailable`, and what `submit` throws
   */
  async runDue(submit: Submit): Promise<void> {
    const { connection, keys, now } = this.access;
    const due = await this.access.ask(() =>
      connection.zrangebyscore(keys.schedulesDue, '-inf', now(), 'WITHSCORES'),
    );
    const failures: unknown[] = [];
    for (let index = 0; index < due.length; index += 2)
      try {
        await this.#runOne(due[index] ?? '', Number(due[index + 1]), submit);
      } catch (error) {
        if (isFailure(error) && error.code === 'queue_unavailable') throw error;
        failures.push(error);
      }
    if (failures.length > 0) throw failures[0];
  }

  /** Makes what was due at `dueMs`, and what has become due since, as long as nobody else does. */
  async #runOne(name: string, dueMs: number, submit: Submit): Promise<void> {
    const text = await this.#definition(name);
    if (text === null) return;
    const schedule = JSON.parse(text) as ScheduleDefinition;
    const definition = this.definitionOf(schedule.type);
    // Of a type that other servers may have.
    if (definition === undefined) return;
    for (let seenMs = dueMs; seenMs <= this.access.now(); ) {
      const runMs = runToMake(schedule, seenMs, this.access.now());
      const digest = createHash('sha256').update(`${name}/${runMs}`).digest();
      const job = jobOf(schedule, typeId(schedule.type, uuidFromDigest(digest)), definition);
      await submit(job, schedule.id);
      const nextMs = nextRun(schedule, runMs);
      const { schedules, schedulesDue, schedulesRan } = this.access.keys;
      const moved = await this.#run(
        moveScript,
        [schedules, schedulesDue, schedulesRan],
        [name, text, seenMs, nextMs, `${runMs} ${job.id}`],
      );
      if (moved !== 1) return;
      seenMs = nextMs;
    }
  }

  async #read(names: readonly string[]): Promise<Schedule[]> {
    if (names.length === 0) return [];
    const { schedules, schedulesDue, schedulesRan } = this.access.keys;
    const commands = this.access.connection.multi();
    commands.hmget(schedules, ...names).hmget(schedulesRan, ...names);
    for (const name of names) commands.zscore(schedulesDue, name);
    const [texts, ran, ...due] = (await this.access.answers(commands)) as [
      (string | null)[],
      (string | null)[],
      ...(string | null)[],
    ];
    return names.flatMap((_, index) => {
      const text = texts[index] ?? null;
      if (text === null) return [];
      return [scheduleFrom(JSON.parse(text), due[index] ?? null, ran[index] ?? null)];
    });
  }

  #definition(name: string): Promise<string | null> {
    return this.access.ask(() => this.access.connection.hget(this.access.keys.schedules, name));
  }

  #dueMs(definition: ScheduleDefinition): number | undefined {
    return definition.paused ? undefined : nextRun(definition, this.access.now());
  }

  #run(script: Script, keys: string[], args: (string | number)[]): Promise<unknown> {
    return this.access.ask(() => script.run(this.access.connection, keys, args));
  }
}

export interface SchedulePage {
  after?: string;
  limit: number;
  tenant?: string;
  /** What else must be true of a schedule. */
  isShown?: (schedule: Schedule) => boolean;
}

/** Under which a schedule is kept: each tenant chooses its ids for itself. No id has a slash. */
export const nameOf = ({ tenant, id }: Pick<ScheduleDefinition, 'tenant' | 'id'>): string =>
  startOf(tenant) + id;

const startOf = (tenant: string | undefined) => (tenant === undefined ? '' : `${tenant}/`);

function jobOf(
  { id, tenant, type, version, payload, options = {} }: ScheduleDefinition,
  jobId: string,
  { policy }: Pick<JobType, 'policy'>,
): NewJob {
  const tags = [...(options.tags ?? []), scheduleTag(id)];
  const job = { id: jobId, type, version, payload, options: { ...options, tags }, policy };
  if (tenant === undefined) return job;
  return { ...job, options: { fairnessKey: tenant, ...job.options }, tenant };
}

/** @param ran The latest run: its time in milliseconds, a space, the id of its job. */
function scheduleFrom(definition: ScheduleDefinition, dueMs: string | null, ran: string | null): Schedule {
  const [ranMs, lastJobId] = ran?.split(' ') ?? [];
  return {
    ...definition,
    ...(dueMs === null ? {} : { nextRunAt: iso(dueMs) }),
    ...(ranMs === undefined || lastJobId === undefined ? {} : { lastRunAt: iso(ranMs), lastJobId }),
  };
}

const iso = (ms: string) => new Date(Number(ms)).toISOString();

/** What makes two requests for a schedule the same. */
const whatIsAsked = ({ type, payload, options, cron, timeZone, everyMs }: ScheduleDefinition) =>
  canonicalJson({ type, payload, options, cron, timeZone, everyMs });

const timesOf = ({ cron, timeZone, everyMs, paused }: ScheduleDefinition) =>
  canonicalJson({ cron, timeZone, everyMs, paused });
