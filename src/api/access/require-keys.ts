/** Without API keys everybody who reaches the server may do everything: so nobody but this machine does. */
import ipaddr from 'ipaddr.js';
import { type Config, ConfigError } from '../../config.js';
import type { Logger } from '../../log.js';

type Given = Pick<Config, 'host' | 'apiKeys' | 'apiKeysFile' | 'allowAnonymous'>;

/** @throws ConfigError where it would listen to others and has no keys, unless told so in so many words */
export function requireKeys({ host, apiKeys, apiKeysFile, allowAnonymous }: Given, log: Logger): void {
  if (apiKeys !== undefined || apiKeysFile !== undefined) return;
  if (isLoopback(host)) log.info('there are no API keys: only this machine can reach the API');
  else if (allowAnonymous)
    log.warn(
      { host },
      'ALLOW_ANONYMOUS: there are no API keys, and whoever reaches this address may do everything',
    );
  else
    throw new ConfigError(
      `HOST: expected a loopback address, as there are no API keys, got ${host}. Set API_KEYS or API_KEYS_FILE; or ALLOW_ANONYMOUS=true, and whoever reaches ${host} may do everything`,
    );
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback');
