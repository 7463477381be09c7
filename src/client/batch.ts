/** Many jobs: cut into requests of some hundred, and answered in the order of all. */
import type { BatchAnswer } from '../models/batch.js';
import type { AnyTypes, JobRequest, Known } from './job-types.js';
import type { CallOptions, Transport } from './transport.js';

/** A request for one job of a batch. */
export type BatchItem<Types extends Known<Types> = AnyTypes> = JobRequest<Types> & {
  /** The same key and request give the same job. */
  idempotencyKey?: string;
};

/** Of one request, at the most. */
const itemsMax = 500;
const charactersMax = 1_000_000;

export async function* sendBatches(
  transport: Transport,
  items: Iterable<object> | AsyncIterable<object>,
  { signal }: CallOptions,
): AsyncGenerator<BatchAnswer, void, undefined> {
  let sent = 0;
  for await (const texts of batchesOf(items)) {
    const answers = await transport.json<BatchAnswer[]>('/api/jobs/batch', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `[${texts.join()}]`,
      timeoutMs: Infinity,
      signal,
    });
    for (const answer of answers) yield { ...answer, index: sent + answer.index };
    sent += texts.length;
  }
}

async function* batchesOf(items: Iterable<object> | AsyncIterable<object>): AsyncGenerator<string[]> {
  let texts: string[] = [];
  let characters = 0;
  for await (const item of items) {
    const text = JSON.stringify(item);
    if (texts.length === itemsMax || (texts.length > 0 && characters + text.length > charactersMax)) {
      yield texts;
      texts = [];
      characters = 0;
    }
    texts.push(text);
    characters += text.length;
  }
  if (texts.length > 0) yield texts;
}
