/** How Redis is reached, and what is asked of it. */
import { z } from 'zod';
import { integer, redisHost, redisUrl } from './forms.js';
import { setting, withPasswordInside } from './setting.js';

export const redisSettings = {
  redisUrl: withPasswordInside(
    setting(
      redisUrl,
      undefined,
      'Redis or Valkey: one server (`redis://`, `unix://`), a Sentinel group (`redis-sentinel://`) or a cluster (`redis-cluster://`). Without it, and outside production, the private Redis of `DATA_DIR` is used.',
    ),
  ),
  redisHost: setting(redisHost, undefined, 'Host of Redis, where no `REDIS_URL` is given.'),
  redisPort: setting(integer(1, 65_535), undefined, 'Port of Redis, where no `REDIS_URL` is given (6379).'),
  redisPrefix: setting(
    z.string().regex(/^[\w{}.-]+$/, 'expected letters, digits and any of _ - . { }'),
    '{jobwright}',
    "Prefix of every key; the braces keep a cluster's scripts in one slot.",
  ),
  redisTlsCaFile: setting(
    z.string(),
    undefined,
    'Certificates (PEM) by which the TLS certificate of Redis is checked, in place of those that Node knows.',
  ),
  redisTlsCertFile: setting(
    z.string(),
    undefined,
    'Certificate (PEM) that is shown to a Redis that asks for one.',
  ),
  redisTlsKeyFile: setting(z.string(), undefined, 'Private key (PEM) of `REDIS_TLS_CERT_FILE`.'),
  redisUnsafe: setting(
    z.enum(['warn', 'refuse'], 'expected warn or refuse'),
    'warn',
    'What a Redis that may lose jobs is worth: `warn` tells, `refuse` makes the server not ready.',
  ),
  redisTimeoutMs: setting(
    integer(50, 60_000),
    '1500',
    'The API answers 503 when Redis does not answer for this long, in milliseconds.',
  ),
};
