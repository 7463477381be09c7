/** The API of Jobwright, typed: every operation is a method, here or of one of the parts. Runs in browsers and in Node. */
import { Bulk } from './bulk.js';
import { type EventsOptions, followEvents, type StreamEvent } from './events.js';
import { Files } from './files.js';
import type { AnyTypes, Known } from './job-types.js';
import { Jobs } from './jobs.js';
import { Schedules } from './schedules.js';
import { Service } from './service.js';
import { type ClientOptions, Transport } from './transport.js';
import { Types } from './types.js';

/**
 * @example
 * const jobwright = new JobwrightClient({ url: 'http://127.0.0.1:3000' });
 * const job = await jobwright.jobs.run({ type: 'calculation', payload: { operation: 'sum', numbers: [1, 2, 3] } });
 */
export class JobwrightClient<JobTypes extends Known<JobTypes> = AnyTypes> {
  readonly jobs: Jobs<JobTypes>;
  readonly bulk: Bulk;
  readonly files: Files;
  readonly types: Types;
  readonly schedules: Schedules<JobTypes>;
  readonly service: Service;
  readonly #transport: Transport;

  constructor(options: ClientOptions = {}) {
    const transport = new Transport(options);
    this.jobs = new Jobs(transport);
    this.bulk = new Bulk(transport);
    this.files = new Files(transport);
    this.types = new Types(transport);
    this.schedules = new Schedules(transport);
    this.service = new Service(transport);
    this.#transport = transport;
  }

  /**
   * What happens to all jobs that the key sees, from now on or after `lastEventId`; goes on by itself where the
   * connection is lost. Ends only with its signal, by which it rejects.
   *
   * @throws JobwrightError where the API refuses
   */
  events({ types, kinds, ...options }: AllEventsOptions = {}): AsyncGenerator<StreamEvent, void, undefined> {
    return followEvents<StreamEvent>(this.#transport, '/api/events', options, {
      type: types?.join(),
      kind: kinds?.join(),
    });
  }
}

export interface AllEventsOptions extends EventsOptions {
  /** Only jobs of these types. */
  types?: readonly string[];
  /** Only events of these kinds. */
  kinds?: readonly ('status' | 'progress' | 'log' | 'deleted')[];
}
