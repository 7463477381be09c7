/**
 * Tells the `callbackUrl` of a job that it has ended. Each attempt sends the same bytes under the same `webhook-id`,
 * signed anew. A 2xx is the receiver's word that it has the message; a redirect is none, and is not followed.
 */
import { callbackDeliveryType, callbackPayloadSchema, callbackResultSchema } from '../../models/callback.js';
import { ownJobType } from '../../models/job-type.js';
import { refuse } from '../../models/remote-refusal.js';

/** Refusals of this moment and not of the message: request timeout, conflict, too early. */
const passing = [408, 409, 425];

export default ownJobType({
  type: callbackDeliveryType,
  title: 'Callback delivery',
  description:
    'Posts the end of a job to its `callbackUrl`, signed as Standard Webhooks says. The platform submits these jobs itself.',
  internal: true,
  payload: callbackPayloadSchema,
  result: callbackResultSchema,
  examples: [
    {
      summary: 'Tell that a calculation has completed',
      payload: {
        url: 'https://example.com/hooks/jobs',
        jobId: 'calculation_01kb4nq5xaewr9m3xj3t1qh8zd',
        event: 'job.completed',
        messageId: 'msg_2x8zv0kq7te5ksnh3r6g1m9d4w',
        body: '{"type":"job.completed","timestamp":"2026-11-24T12:00:00.000Z","data":{"id":"calculation_01kb4nq5xaewr9m3xj3t1qh8zd","status":"completed"}}',
      },
    },
  ],
  policy: {
    lane: 'short',
    attempts: 8,
    // 5 s, 30 s, 3 min, 18 min, 1.8 h, 6 h, 6 h: over half a day in all.
    backoff: { initialMs: 5_000, factor: 6, maxMs: 21_600_000, jitter: 0.2 },
    timeoutMs: 20_000,
  },
  async run({ url, messageId, body }, context) {
    const startMs = performance.now();
    const response = await context.fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...context.sign(messageId, body) },
      body,
      redirects: 'answer',
    });
    const { status } = response;
    if (status < 200 || status > 299)
      return refuse(context, JSON.stringify(new URL(url).hostname), response, passing);
    response.body.destroy();
    return { status, durationMs: Math.round(performance.now() - startMs) };
  },
});
