/**
 * A span for putting jobs into Redis, after OpenTelemetry's conventions for messaging. Each of the jobs carries on from
 * it: their attempts are in the trace of who submitted them, whenever and wherever they run.
 */
import { inSpan } from '../../tracing/tracing.js';
import type { NewJob } from './job-entry.js';

export function inSendSpan<Result>(jobs: readonly NewJob[], send: () => Promise<Result>): Promise<Result> {
  return inSpan(() => {
    const [first] = jobs;
    const types = [...new Set(jobs.map(({ type }) => type))];
    const destination = types.length === 1 ? { 'messaging.destination.name': types[0] } : {};
    const one = jobs.length === 1 && first !== undefined;
    return {
      name: types.length === 1 ? `send ${types[0]}` : 'send',
      kind: 'producer',
      attributes: {
        'messaging.system': 'bullmq',
        'messaging.operation.name': 'send',
        'messaging.operation.type': 'send',
        ...destination,
        ...(one ? { 'messaging.message.id': first.id } : { 'messaging.batch.message_count': jobs.length }),
      },
      ...(one && first.origin !== undefined ? { parent: first.origin } : {}),
    };
  }, send);
}
