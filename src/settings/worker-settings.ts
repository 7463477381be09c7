/** What a worker server serves, how much of it at once, and how it ends. */
import { z } from 'zod';
import { integer, list, metricsAddress, numberByType } from './forms.js';
import { setting } from './setting.js';

export const workerSettings = {
  workers: setting(integer(1, 1_000), '5', 'Jobs of one type that a worker server runs at once.'),
  lanes: setting(
    list.pipe(
      z
        .array(z.enum(['short', 'long'], 'expected short, long or both'))
        .min(1, 'expected short, long or both'),
    ),
    'short,long',
    'Lanes that a worker server serves, separated by commas: `short`, `long` or both.',
  ),
  types: setting(
    list,
    '',
    'Job types that a worker server serves, by name, separated by commas; all of its lanes when empty.',
  ),
  typeConcurrency: setting(
    numberByType(1, 1_000),
    '',
    'Jobs of single types that a worker server runs at once, in place of `WORKERS`: `calculation=2,file_processing=4`.',
  ),
  threads: setting(
    integer(1, 256),
    undefined,
    'Threads for CPU-bound processors of each lane in a worker server; the number of cores when absent.',
  ),
  metricsAddr: setting(
    metricsAddress,
    undefined,
    'Address of the figures, `HOST:PORT`, or `none`. When absent, a worker server takes the first free port of 127.0.0.1 from 9090 on.',
  ),
  shutdownGraceMs: setting(
    integer(0, 3_600_000),
    '25000',
    'A worker that is stopped may finish its jobs for this long, in milliseconds.',
  ),
  lockMs: setting(
    integer(1_000, 600_000),
    '6000',
    'A worker that is silent for this long has lost its jobs, in milliseconds.',
  ),
};
