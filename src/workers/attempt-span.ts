/**
 * A span for each attempt, in the trace of the request that submitted its job, after OpenTelemetry's conventions for
 * messaging. What the processor calls goes on from it.
 */
import type { Outcome } from '../models/outcome.js';
import type { Attempt } from '../queue/worker/job-worker.js';
import { inSpan } from '../tracing/tracing.js';

export function inAttemptSpan(
  type: string,
  { jobId, attempt, requestId, origin }: Attempt,
  run: () => Promise<Outcome>,
): Promise<Outcome> {
  return inSpan(
    () => ({
      name: `process ${type}`,
      kind: 'consumer',
      attributes: {
        'messaging.system': 'bullmq',
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.destination.name': type,
        'messaging.message.id': jobId,
        'jobwright.attempt': attempt,
        ...(requestId === undefined ? {} : { 'jobwright.request_id': requestId }),
      },
      ...(origin === undefined ? {} : { parent: origin }),
    }),
    async (span) => {
      const outcome = await run();
      span?.set({ 'jobwright.outcome': outcome.kind });
      if ('error' in outcome) span?.fail(outcome.error.code);
      return outcome;
    },
  );
}
