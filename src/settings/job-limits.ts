/** Limits of what jobs are and leave behind. */
import { integer } from './forms.js';
import { setting } from './setting.js';

export const jobLimits = {
  treeDepthMax: setting(integer(1, 100), '8', 'Deepest tree of jobs, in levels.'),
  treeJobsMax: setting(integer(1, 10_000), '1000', 'Largest tree, in jobs.'),
  resultBytesMax: setting(
    integer(1_024, 104_857_600),
    '5242880',
    'Largest result of a job, as JSON, in bytes; larger ones belong into files.',
  ),
  outputBytesMax: setting(
    integer(1, 1_099_511_627_776),
    '1073741824',
    'Largest file that a job may write, in bytes.',
  ),
  eventsMax: setting(
    integer(100, 10_000_000),
    '10000',
    'Events that are kept, for clients that lost their stream.',
  ),
  tombstoneMs: setting(
    integer(0, 315_360_000_000),
    '604800000',
    'The id of a job that was removed answers 410 for this long, then 404, in milliseconds (7 days).',
  ),
};
