/** How Redis is reached: its URL, the prefix of our keys, and what TLS needs beside it. */
import { readFileSync } from 'node:fs';
import { type Config, ConfigError, type SettingName, variableOf } from '../config.js';

export interface RedisAddress {
  /** In any form of `redis-url.ts`. */
  url: string;
  /** Of every key; it says on which node of a cluster they are. */
  prefix: string;
  /** PEM. Used where the URL asks for TLS. */
  tls: { ca?: Buffer; cert?: Buffer; key?: Buffer };
}

/** @throws ConfigError where a file cannot be read */
export function redisAddress(config: Config): RedisAddress {
  const { redisUrl = '', redisPrefix } = config;
  const ca = contentOf(config, 'redisTlsCaFile');
  const cert = contentOf(config, 'redisTlsCertFile');
  const key = contentOf(config, 'redisTlsKeyFile');
  return {
    url: redisUrl,
    prefix: redisPrefix,
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
  };
}

function contentOf(
  config: Config,
  name: SettingName & ('redisTlsCaFile' | 'redisTlsCertFile' | 'redisTlsKeyFile'),
): Buffer | undefined {
  const file = config[name];
  if (file === undefined) return undefined;
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new ConfigError(
      `${variableOf(name)}: expected a file that can be read, got ${JSON.stringify(file)}`,
      {
        cause,
      },
    );
  }
}
