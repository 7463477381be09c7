/** Deliveries through the platform's own fetch and signature, to a real server. */
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { isFailure } from '../../src/models/failure.js';
import { backoffMs } from '../../src/models/policy.js';
import { createOutboundFetch } from '../../src/workers/outbound-fetch.js';
import callbackDelivery from '../../src/workers/processors/callback-delivery.js';
import { signatureHeaders } from '../../src/workers/webhook-signature.js';
import { processorContext } from '../support/processor-context.js';
import { remoteServer } from '../support/remote-server.js';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const message = {
  type: 'job.completed',
  timestamp: '2026-11-24T12:00:00.000Z',
  data: { text: 'größer als 1' },
};
const body = JSON.stringify(message);

function deliver(url: string, { allow = ['127.0.0.0/8'], timeoutMs = 10_000, nowMs = Date.now() } = {}) {
  const payload = callbackDelivery.payload.parse({
    url,
    jobId: 'calculation_01kb4nq5xaewr9m3xj3t1qh8zd',
    event: 'job.completed',
    messageId: 'msg_1',
    body,
  });
  const context = processorContext({
    fetch: createOutboundFetch({
      allow,
      bytesMax: 1_000_000,
      timeoutMs,
      signal: new AbortController().signal,
    }),
    sign: (messageId, signed) => signatureHeaders({ messageId, body: signed, secrets: [secret], nowMs }),
  });
  return Promise.resolve(callbackDelivery.run(payload, context));
}

async function failureOf(delivery: Promise<unknown>) {
  const error = await delivery.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isFailure(error)) throw new Error(`expected a Failure, got ${String(error)}`);
  const { code, detail, retry, retryAfterMs } = error;
  return { code, detail, retry, retryAfterMs };
}

const answering = (status: number, headers: Record<string, string> = {}) =>
  remoteServer((_request, response) => response.writeHead(status, headers).end());

describe('a delivery', () => {
  it('posts the message so that the reference library accepts it', async () => {
    const bodies: string[] = [];
    const server = await remoteServer(async (request, response) => {
      bodies.push(await text(request));
      response.writeHead(204).end();
    });
    const result = callbackDelivery.result.parse(await deliver(`${server.origin}/hooks?for=jobs`));
    expect(result).toEqual({ status: 204, durationMs: expect.any(Number) });
    const [request] = server.requests;
    expect(request).toMatchObject({
      method: 'POST',
      url: '/hooks?for=jobs',
      headers: { 'content-type': 'application/json', 'webhook-id': 'msg_1' },
    });
    expect(bodies).toEqual([body]);
    const headers = request?.headers as Record<string, string>;
    expect(new Webhook(secret).verify(body, headers)).toEqual(message);
  });

  it('sends the same bytes under the same id in each attempt, with the time of the attempt', async () => {
    const bodies: string[] = [];
    const server = await remoteServer(async (request, response) => {
      bodies.push(await text(request));
      response.end();
    });
    await deliver(server.origin, { nowMs: 1_000_000 });
    await deliver(server.origin, { nowMs: 9_000_000 });
    expect(bodies).toEqual([body, body]);
    expect(server.requests.map(({ headers }) => headers['webhook-id'])).toEqual(['msg_1', 'msg_1']);
    expect(server.requests.map(({ headers }) => headers['webhook-timestamp'])).toEqual(['1000', '9000']);
    const [first, second] = server.requests.map(({ headers }) => headers['webhook-signature']);
    expect(first).not.toBe(second);
  });

  it('does not wait for the body of the answer', async () => {
    const server = await remoteServer((_request, response) => response.writeHead(200).write('for ever'));
    expect(await deliver(server.origin)).toMatchObject({ status: 200 });
    await server.idle();
  });

  it.each([400, 401, 404, 410, 422])('is refused for good by %i', async (status) => {
    const server = await answering(status, { 'retry-after': '7' });
    expect(await failureOf(deliver(server.origin))).toEqual({
      code: 'remote_refused',
      detail: `"127.0.0.1" answered ${status}.`,
      retry: false,
      retryAfterMs: undefined,
    });
  });

  it.each([408, 409, 425, 429, 500, 502, 503])(
    'is tried again after %i, when the receiver says',
    async (status) => {
      const server = await answering(status, { 'retry-after': '7' });
      expect(await failureOf(deliver(server.origin))).toEqual({
        code: 'remote_error',
        detail: `"127.0.0.1" answered ${status}.`,
        retry: true,
        retryAfterMs: 7_000,
      });
    },
  );

  it.each([301, 302, 303, 307, 308])('does not follow a redirect by %i', async (status) => {
    const target = await answering(200);
    const server = await answering(status, { location: target.origin });
    expect(await failureOf(deliver(server.origin))).toMatchObject({ code: 'remote_refused', retry: false });
    expect(target.requests).toEqual([]);
  });

  it('is tried again when nobody is there', async () => {
    const server = await remoteServer((request) => request.socket.destroy());
    expect(await failureOf(deliver(server.origin))).toMatchObject({ code: 'connection_failed', retry: true });
  });

  it('is tried again when the receiver is too slow', async () => {
    const server = await remoteServer(() => {});
    expect(await failureOf(deliver(server.origin, { timeoutMs: 50 }))).toMatchObject({
      code: 'response_timeout',
      retry: true,
    });
  });

  it('goes to public addresses only', async () => {
    const server = await answering(200);
    expect(await failureOf(deliver(server.origin, { allow: [] }))).toMatchObject({
      code: 'address_not_public',
      retry: false,
    });
    expect(server.requests).toEqual([]);
  });

  it('is attempted over more than half a day', () => {
    const { attempts, backoff } = callbackDelivery.policy;
    const waits = Array.from({ length: attempts - 1 }, (_, made) => backoffMs(backoff, made + 1, 0));
    expect(waits[0]).toBe(5_000);
    expect(waits.reduce((sum, wait) => sum + wait)).toBeGreaterThan(12 * 3_600_000);
  });
});
