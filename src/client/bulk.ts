/** Bulk operations: one thing done to every job that matches. */
import type { BulkAcceptance, BulkDryRun, BulkRequest } from '../models/bulk.js';
import type { SubmitOptions } from './jobs.js';
import type { CallOptions, Transport } from './transport.js';

export class Bulk {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Starts a job that does it: its progress and its result are that job's, and cancelling it stops half way. */
  start(request: BulkRequest, { idempotencyKey, signal }: SubmitOptions = {}): Promise<BulkAcceptance> {
    return this.#transport.json('/api/bulk', {
      method: 'POST',
      json: request,
      headers: { 'idempotency-key': idempotencyKey },
      isRepeatable: idempotencyKey !== undefined,
      signal,
    });
  }

  /** How many jobs match now, and some of them. Nothing is changed. */
  preview(request: BulkRequest, { signal }: CallOptions = {}): Promise<BulkDryRun> {
    return this.#transport.json('/api/bulk', {
      method: 'POST',
      query: { dryRun: true },
      json: request,
      isRepeatable: true,
      signal,
    });
  }
}
