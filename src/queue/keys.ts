/**
 * Every key in Redis. BullMQ's are `<prefix>:<type>:…`, one queue for each job type. Ours begin with two colons
 * behind the prefix, which no type name can: `<prefix>::…`. With the prefix in braces all are in one slot.
 */

const queueBase = (prefix: string, type: string) => `${prefix}:${type}:`;

/** The one of a job, where no other of its queue is wanted. */
export const jobKey = (prefix: string, type: string, id: string) => `${queueBase(prefix, type)}${id}`;

/** BullMQ's keys of one queue that we read, or write together with its own scripts. */
export const queueKeys = (prefix: string, type: string) => {
  const base = queueBase(prefix, type);
  return {
    base,
    wait: `${base}wait`,
    paused: `${base}paused`,
    prioritized: `${base}prioritized`,
    delayed: `${base}delayed`,
    active: `${base}active`,
    waitingChildren: `${base}waiting-children`,
    completed: `${base}completed`,
    failed: `${base}failed`,
    meta: `${base}meta`,
    limiter: `${base}limiter`,
    marker: `${base}marker`,
    /** Active jobs that have lost their worker unless they prove otherwise until the next look. */
    stalled: `${base}stalled`,
    /** How many jobs were added, and how many of them with a priority. */
    id: `${base}id`,
    priorityCounter: `${base}pc`,
    /** BullMQ's own stream of events. */
    events: `${base}events`,
    job: (id: string) => `${base}${id}`,
    lock: (id: string) => `${base}${id}:lock`,
    logs: (id: string) => `${base}${id}:logs`,
    /** Children that are unfinished (a set), completed and failed but tolerated (hashes), failed (a sorted set). */
    dependencies: (id: string) => `${base}${id}:dependencies`,
    processed: (id: string) => `${base}${id}:processed`,
    tolerated: (id: string) => `${base}${id}:failed`,
    unsuccessful: (id: string) => `${base}${id}:unsuccessful`,
  };
};

export const ownKeys = (prefix: string) => ({
  /** Sorted set: ids of all jobs of a type by the time of their creation, in milliseconds. */
  created: (type: string) => `${prefix}::created:${type}`,
  /** Sorted set: ids of all jobs with a tag by the time of their creation. */
  tag: (tag: string) => `${prefix}::tag:${tag}`,
  /** Sorted set: ids of jobs of a type that failed with a code (`cancelled` is one) by the time of their end. */
  error: (type: string, code: string) => `${prefix}::error:${type}:${code}`,
  /** The jobs of one tenant, where there are API keys. */
  of: (tenant: string) => tenantKeys(prefix, tenant),
  /**
   * Sorted set: ids of unfinished jobs that have an `expiresAt` or a deadline, by that time; and those that were
   * withdrawn, by the time at which their end is overdue.
   */
  deadlines: `${prefix}::deadlines`,
  /** Sorted set: ids of jobs that were removed, by the time of it. */
  gone: `${prefix}::gone`,
  /** Hash, once its level is behind it: how far each fairness key of a type is there. See `fair-shares.ts`. */
  shares: (type: string) => `${prefix}::shares:${type}:`,
  /** Stream: the latest events of all jobs. */
  events: `${prefix}::events`,
  /** Channels on which the events of one job are told. */
  eventsOf: (jobId: string) => `${prefix}::event:${jobId}`,
  /** Channel on which workers are told which job to cancel. */
  cancellations: `${prefix}::cancel`,
  /** String: which request a client's idempotency key stands for. */
  idempotency: (digest: string) => `${prefix}::key:${digest}`,
  /** String: which job, counted from 0, does the work of a content now. Absent for the first. */
  generation: (digest: string) => `${prefix}::generation:${digest}`,
  /** List: the failed attempts of a job, as JSON. */
  attempts: (jobId: string) => `${prefix}::attempts:${jobId}`,
  /** Hash: schedules by id, as JSON. Sorted set: their ids by the time of the next run. */
  schedules: `${prefix}::schedules`,
  schedulesDue: `${prefix}::schedules:due`,
  /** Hash: the latest run of each schedule: its time in milliseconds, a space, the id of its job. */
  schedulesRan: `${prefix}::schedules:ran`,
  /** Sorted set: ids of jobs with a callback that is not handed over yet, by the time of their creation. */
  callbacks: `${prefix}::callbacks`,
  /** Hash: worker servers by name, as JSON. Sorted set: their names by the time until which they count as alive. */
  workers: `${prefix}::workers`,
  workersAlive: `${prefix}::workers:alive`,
  /** Hash: how fast jobs of a type are done. See `pace.ts`. */
  pace: (type: string) => `${prefix}::pace:${type}`,
  /** Hash: what happened in a minute, counted from the epoch. See `history/minute-fields.ts`. */
  history: (minute: number) => `${prefix}::history:${minute}`,
  /** String: who tidies up now. */
  housekeeper: `${prefix}::housekeeper`,
  /** String: how many requests of a client all API servers have counted in a span of time. */
  rate: (span: number, client: string) => `${prefix}::rate:${span}:${client}`,
});

/** Scripts put these together themselves, from the tenant that a job has. See `tenants/tenant-sets.ts`. */
const tenantKeys = (prefix: string, tenant: string) => {
  const base = `${prefix}::of:${tenant}:`;
  return {
    /** Sorted sets like those of all jobs: by the time of the creation. */
    created: (type: string) => `${base}created:${type}`,
    tag: (tag: string) => `${base}tag:${tag}`,
    /** Sorted sets like those of all jobs: by the time of the end. */
    error: (type: string, code: string) => `${base}error:${type}:${code}`,
    completed: (type: string) => `${base}completed:${type}`,
    failed: (type: string) => `${base}failed:${type}`,
    /** Sorted set: ids of unfinished jobs, by the time of their creation. */
    unfinished: `${base}unfinished`,
    /** Hash like that of all jobs: what happened in a minute. */
    history: (minute: number) => `${base}history:${minute}`,
    /** String: bytes that were uploaded on a day. */
    uploaded: (day: string) => `${base}uploaded:${day}`,
  };
};

export type OwnKeys = ReturnType<typeof ownKeys>;
