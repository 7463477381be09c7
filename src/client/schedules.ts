/** Schedules: jobs that are submitted again and again. */
import type {
  ScheduleChangeSent,
  ScheduledJobOptionsSent,
  ScheduleList,
  ScheduleRun,
  ShownSchedule,
} from '../models/schedule.js';
import type { AnyTypes, Known, TypeName } from './job-types.js';
import type { CallOptions, Transport } from './transport.js';

/** `cron` or `everyMs`, not both. */
export type ScheduleRequest<
  JobTypes extends Known<JobTypes> = AnyTypes,
  Type extends TypeName<JobTypes> = TypeName<JobTypes>,
> = {
  [Each in Type]: {
    /** With one of its own, the same request can be sent by every server that starts, and leaves one schedule. */
    id?: string;
    type: Each;
    payload: JobTypes[Each]['payload'];
    options?: ScheduledJobOptionsSent;
    cron?: string;
    /** IANA name of the zone whose clocks `cron` means. Default: UTC. */
    timeZone?: string;
    everyMs?: number;
    /** Default: false. */
    paused?: boolean;
  };
}[Type];

export interface SchedulePage {
  /** Schedules at the most. Default: 50. */
  limit?: number;
  /** The `nextCursor` of the page before. */
  cursor?: string;
}

export class Schedules<JobTypes extends Known<JobTypes> = AnyTypes> {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  create(request: ScheduleRequest<JobTypes>, { signal }: CallOptions = {}): Promise<ShownSchedule> {
    return this.#transport.json('/api/schedules', {
      method: 'POST',
      json: request,
      isRepeatable: request.id !== undefined,
      signal,
    });
  }

  /** A page, in the order of their ids. */
  list(page: SchedulePage = {}, { signal }: CallOptions = {}): Promise<ScheduleList> {
    return this.#transport.json('/api/schedules', { query: { ...page }, signal });
  }

  get(id: string, { signal }: CallOptions = {}): Promise<ShownSchedule> {
    return this.#transport.json(pathOf(id), { signal });
  }

  /** Each member that is given as a whole; null takes one away. `{ paused: true }` pauses it. */
  change(id: string, change: ScheduleChangeSent, { signal }: CallOptions = {}): Promise<ShownSchedule> {
    return this.#transport.json(pathOf(id), { method: 'PATCH', json: change, signal });
  }

  /** The jobs that it has made stay. */
  async delete(id: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#transport.send(pathOf(id), { method: 'DELETE', signal });
  }

  /** A job now, beside those that come in their time. */
  run(id: string, { signal }: CallOptions = {}): Promise<ScheduleRun> {
    return this.#transport.json(`${pathOf(id)}/run`, { method: 'POST', signal });
  }
}

const pathOf = (id: string) => `/api/schedules/${encodeURIComponent(id)}`;
