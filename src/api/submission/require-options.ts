/** What the options of a job need of its type and of the server, beyond their own form. */
import type { Config } from '../../config.js';
import type { JobOptions } from '../../models/job.js';
import { type Policy, timeoutMistake } from '../../models/policy.js';
import { invalid } from '../explain.js';
import { requireCallbacks } from './require-callbacks.js';

/** @throws Failure `validation_failed`, `callbacks_not_configured` */
export function requireOptions(
  options: Pick<JobOptions, 'timeoutMs' | 'callbackUrl'>,
  policy: Policy,
  config: Config,
): void {
  const tooLong = timeoutMistake(policy, options.timeoutMs);
  if (tooLong !== undefined) throw invalid([tooLong]);
  requireCallbacks(options.callbackUrl, config);
}
