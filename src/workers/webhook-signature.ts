/**
 * Signs a message as Standard Webhooks says (https://www.standardwebhooks.com): HMAC-SHA256 over its id, the time and
 * its body. Every secret signs, so a receiver that knows the new one or still the old one finds its own.
 */
import { createHmac } from 'node:crypto';
import { failure } from '../models/failure.js';

export interface SignatureParts {
  messageId: string;
  /** Exactly as it is sent. */
  body: string;
  /** `whsec_` and base64; the first is the newest. */
  secrets: readonly string[];
  nowMs: number;
}

/** @throws Failure `callbacks_not_configured` (retried: another worker may have a secret) */
export function signatureHeaders({ messageId, body, secrets, nowMs }: SignatureParts) {
  if (secrets.length === 0)
    throw failure('callbacks_not_configured', 'The worker has no WEBHOOK_SECRETS to sign with.', {
      retry: true,
    });
  // What is signed is divided by dots: an id with one could pass for another message.
  if (!/^[\w-]+$/.test(messageId))
    throw new TypeError('sign: expected an id of letters, digits and any of _ -');
  const timestamp = String(Math.floor(nowMs / 1_000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`${messageId}.${timestamp}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': messageId,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
