/**
 * How a worker hears that a job it runs is cancelled: on a channel, within milliseconds; and because a message can be
 * lost, it also looks at the jobs it has, every second.
 */
import { prefixOf } from '../../models/type-id.js';
import type { Connection } from '../connection.js';
import { type OwnKeys, queueKeys } from '../keys.js';
import { ownFields } from '../stored-job.js';

const lookEveryMs = 1_000;

export interface CancellationsParts {
  /** For looking. */
  connection: Connection;
  /** For listening; it is used for nothing else. */
  subscriber: Connection;
  prefix: string;
  keys: OwnKeys;
}

export class Cancellations {
  readonly #parts: CancellationsParts;
  readonly #running = new Map<string, AbortController>();
  readonly #timer: NodeJS.Timeout;

  constructor(parts: CancellationsParts) {
    this.#parts = parts;
    const { subscriber, keys } = parts;
    subscriber.on('error', () => {});
    subscriber.on('message', (_channel, jobId: string) => this.#running.get(jobId)?.abort());
    // It is subscribed again by itself when the connection returns.
    void subscriber.subscribe(keys.cancellations).catch(() => {});
    this.#timer = setInterval(() => void this.#look().catch(() => {}), lookEveryMs);
  }

  /** Fires when the job is cancelled. To be ended with `release`. */
  watch(jobId: string): AbortSignal {
    const stop = this.#running.get(jobId) ?? new AbortController();
    this.#running.set(jobId, stop);
    return stop.signal;
  }

  release(jobId: string): void {
    this.#running.delete(jobId);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#parts.subscriber.disconnect();
  }

  async #look(): Promise<void> {
    const { connection, prefix } = this.#parts;
    const ids = [...this.#running.keys()];
    if (ids.length === 0 || connection.status !== 'ready') return;
    const pipeline = connection.pipeline();
    for (const id of ids)
      pipeline.hexists(queueKeys(prefix, prefixOf(id) ?? '').job(id), ownFields.cancelRequested);
    const answers = (await pipeline.exec()) ?? [];
    for (const [index, id] of ids.entries()) if (answers[index]?.[1] === 1) this.#running.get(id)?.abort();
  }
}
