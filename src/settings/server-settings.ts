/** What every server is told, and where and to whom the API server answers. */
import { z } from 'zod';
import { apiKeys, integer, list, origin } from './forms.js';
import { secret, setting } from './setting.js';

export const serverSettings = {
  nodeEnv: setting(
    z.enum(['development', 'production', 'test'], 'expected development, production or test'),
    'development',
    'In `production` a missing Redis URL is an error.',
  ),
  logLevel: setting(
    z.enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'expected fatal, error, warn, info, debug, trace or silent',
    ),
    'info',
    'Lines below this level are left out.',
  ),
  shortcuts: setting(
    z.enum(['on', 'off'], 'expected on or off').transform((text) => text === 'on'),
    'on',
    '`off`: the requests and jobs that come most often take the long way, like all others. For finding out whether a shortcut is to blame.',
  ),
  dataDir: setting(z.string().min(1), './data', 'Folder of the private Redis and of the files.'),
  cacheDir: setting(
    z.string().min(1),
    './.cache',
    'Folder where a Redis is unpacked when none is installed.',
  ),
  jobTypes: setting(list, '', 'Folders, files or packages with further job types, separated by commas.'),
  host: setting(z.string().min(1), '127.0.0.1', 'Address the API server listens on.'),
  port: setting(integer(0, 65_535), '3000', 'Port the API server listens on; 0 takes a free one.'),
  basePath: setting(
    z
      .string()
      .regex(/^(\/[\w.~-]+)*$/, 'expected nothing, or a path such as /jobs without a slash at its end'),
    '',
    'Path prefix under which a proxy publishes the API; links carry it.',
  ),
  trustProxy: setting(integer(0, 10), '0', 'Number of proxies in front whose X-Forwarded-For is believed.'),
  allowedHosts: setting(
    list,
    '',
    'Host names by which the API server may be called, beside addresses and `localhost`, separated by commas. When empty: any, but none where there are no API keys.',
  ),
  corsOrigins: setting(
    list.pipe(z.array(origin)),
    '',
    'Origins whose pages may call the API from a browser, separated by commas; none when empty.',
  ),
  apiKeys: secret(
    setting(apiKeys, undefined, 'API keys, as a JSON array: `jobwright key create` prints entries for it.'),
  ),
  apiKeysFile: setting(
    z.string().min(1),
    undefined,
    'File with such an array; it is read again when it changes. Keys of both count.',
  ),
  allowAnonymous: setting(
    z.enum(['true', 'false'], 'expected true or false').transform((text) => text === 'true'),
    'false',
    '`true`: without API keys, listen on other addresses than loopback all the same. Whoever reaches it may do everything.',
  ),
};
