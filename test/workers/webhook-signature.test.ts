import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { isFailure } from '../../src/models/failure.js';
import { signatureHeaders } from '../../src/workers/webhook-signature.js';
import { blocksOf, readText } from '../support/markdown.js';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const newer = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

describe('the headers of a signed message', () => {
  it('are those of the test vector of Standard Webhooks', () => {
    expect(
      signatureHeaders({
        messageId: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        body: '{"test": 2432232314}',
        secrets: [secret],
        nowMs: 1_614_265_330_999,
      }),
    ).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('are accepted by the reference library, whatever the body', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const body = JSON.stringify({ text });
        const headers = signatureHeaders({ messageId: 'msg_1', body, secrets: [secret], nowMs: Date.now() });
        expect(new Webhook(secret).verify(body, headers)).toEqual({ text });
        expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow();
      }),
    );
  });

  it('carry a signature of each secret, so a receiver may know the old or the new one', () => {
    const body = '{}';
    const headers = signatureHeaders({
      messageId: 'msg_1',
      body,
      secrets: [newer, secret],
      nowMs: Date.now(),
    });
    expect(headers['webhook-signature'].split(' ')).toHaveLength(2);
    new Webhook(newer).verify(body, headers);
    new Webhook(secret).verify(body, headers);
    const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
    expect(() => new Webhook(other).verify(body, headers)).toThrow();
  });

  it('are not made without a secret; another worker may have one', () => {
    try {
      signatureHeaders({ messageId: 'msg_1', body: '', secrets: [], nowMs: 0 });
      expect.unreachable();
    } catch (error) {
      expect(isFailure(error) && error).toMatchObject({ code: 'callbacks_not_configured', retry: true });
    }
  });

  it.each(['msg.1', '', 'a b', 'ü'])(
    'are not made for the id %j, which could pass for another',
    (messageId) => {
      expect(() => signatureHeaders({ messageId, body: '', secrets: [secret], nowMs: 0 })).toThrow(TypeError);
    },
  );
});

describe('the example of docs/callbacks.md', () => {
  it('accepts what is genuine, and nothing else', async () => {
    const [source = ''] = blocksOf(readText('docs/callbacks.md'), 'js');
    const { isGenuine }: { isGenuine: (...given: unknown[]) => boolean } = await import(
      /* @vite-ignore */ `data:text/javascript,${encodeURIComponent(source)}`
    );
    const body = JSON.stringify({ text: 'größer' });
    const signed = (nowMs: number) =>
      signatureHeaders({ messageId: 'msg_1', body, secrets: [newer, secret], nowMs });
    const headers = signed(Date.now());
    expect([isGenuine(headers, body, secret), isGenuine(headers, body, newer)]).toEqual([true, true]);
    expect(isGenuine(headers, `${body} `, secret)).toBe(false);
    expect(isGenuine({ ...headers, 'webhook-id': 'msg_2' }, body, secret)).toBe(false);
    expect(isGenuine({ ...headers, 'webhook-signature': 'v1,AAAA' }, body, secret)).toBe(false);
    expect(isGenuine(headers, body, `whsec_${Buffer.alloc(32, 8).toString('base64')}`)).toBe(false);
    expect(isGenuine(signed(Date.now() - 600_000), body, secret)).toBe(false);
  });
});
