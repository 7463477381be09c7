/** What a request for a callback needs of the server. */
import type { Config } from '../../config.js';
import { failure } from '../../models/failure.js';

/**
 * A callback that nobody could sign is refused while its client is still there to hear it.
 *
 * @throws Failure `callbacks_not_configured`
 */
export function requireCallbacks(callbackUrl: string | undefined, { webhookSecrets }: Config): void {
  if (callbackUrl === undefined || webhookSecrets.length > 0) return;
  throw failure(
    'callbacks_not_configured',
    'The server has no WEBHOOK_SECRETS to sign callbacks with, so none can be asked for.',
  );
}
