/** What goes out: the calls of processors, and callbacks. */
import { z } from 'zod';
import { integer, list, webhookSecret } from './forms.js';
import { secret, setting } from './setting.js';

export const outboundSettings = {
  outboundAllow: setting(
    list.pipe(
      z.array(
        z.union(
          [z.cidrv4(), z.cidrv6()],
          'expected addresses as CIDR, such as 10.1.0.0/16, separated by commas',
        ),
      ),
    ),
    '',
    'Addresses (CIDR) that processors may call although they are not public, separated by commas.',
  ),
  outboundBytesMax: setting(
    integer(1_024, 1_073_741_824),
    '52428800',
    'Largest response that a processor may fetch, in bytes.',
  ),
  outboundRedirectsMax: setting(integer(0, 20), '5', 'Redirects that one fetch follows.'),
  outboundTimeoutMs: setting(
    integer(100, 600_000),
    '15000',
    'Longest time that one fetch may take, in milliseconds.',
  ),
  webhookSecrets: secret(
    setting(
      list.pipe(z.array(webhookSecret)),
      '',
      'Secrets that sign callbacks, `whsec_…`, separated by commas: each signs. Outside production `npm start` makes one where none is given.',
    ),
  ),
  callbackBytesMax: setting(
    integer(1_024, 104_857_600),
    '1048576',
    'Largest callback, in bytes; a larger one goes without the payload, then without the result.',
  ),
};
