/** The service itself: its workers, its figures, its errors, and how it is. */
import type { ErrorDescription } from '../models/error-description.js';
import type { Health } from '../models/health.js';
import type { History } from '../models/history.js';
import type { Me } from '../models/me.js';
import type { Stats } from '../models/stats.js';
import type { WorkerList } from '../models/worker.js';
import type { CallOptions, Transport } from './transport.js';

export interface HistoryOptions extends CallOptions {
  /** How many, the one that is under way included. Default: 60. */
  minutes?: number;
  /** Default: all types. */
  type?: string;
}

export class Service {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** What the key may do and see; without keys, everything. */
  me(options: CallOptions = {}): Promise<Me> {
    return this.#transport.json('/api/me', options);
  }

  /** The worker servers that are alive, what each can run, and what it runs now. */
  workers(options: CallOptions = {}): Promise<WorkerList> {
    return this.#transport.json('/api/workers', options);
  }

  /** Jobs by type and status, how long they wait, how fast they are done. */
  stats(options: CallOptions = {}): Promise<Stats> {
    return this.#transport.json('/api/stats', options);
  }

  /** The last hour, minute by minute, by type and by lane. */
  history({ signal, ...query }: HistoryOptions = {}): Promise<History> {
    return this.#transport.json('/api/stats/history', { query, signal });
  }

  /** What an error code means. */
  error(code: string, options: CallOptions = {}): Promise<ErrorDescription> {
    return this.#transport.json(`/api/errors/${encodeURIComponent(code)}`, options);
  }

  /** Whether the process is alive. Asks nothing of Redis. */
  live(options: CallOptions = {}): Promise<{ status: 'up' }> {
    return this.#transport.json('/livez', options);
  }

  /** Whether the server can accept jobs: `status`, and part by part why not. */
  ready(options: CallOptions = {}): Promise<Health> {
    return this.#transport.json('/readyz', { ...options, answers: [503], isRepeatable: false });
  }

  /** The same, by the name that some monitors ask. */
  health(options: CallOptions = {}): Promise<Health> {
    return this.#transport.json('/health', { ...options, answers: [503], isRepeatable: false });
  }

  /** The figures in the text format of Prometheus. */
  async metrics(options: CallOptions = {}): Promise<string> {
    return (await this.#transport.send('/metrics', options)).text();
  }
}
