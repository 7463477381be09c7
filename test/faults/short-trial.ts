/** The short version of `npm run test:faults`, a part of `npm test`: the quicker faults once each, in an order of chance. */
import type { FaultName } from './faults.js';
import { Chance } from './random.js';
import type { TrialOptions } from './trial.js';

/** The others take long by themselves: servers are replaced one by one, or a dead connection is waited for. */
const quick: readonly FaultName[] = [
  'worker-killed',
  'worker-frozen',
  'api-killed',
  'redis-killed',
  'network-cut',
  'network-silent',
];

export function shortTrial(seed: number): TrialOptions {
  const strikes = new Chance(seed).shuffled(quick);
  return {
    seed,
    workers: 2,
    nextFault: () => strikes.shift(),
    pauseMsMax: 500,
    settleMsMax: 60_000,
  };
}
