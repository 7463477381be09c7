/**
 * The short version of `npm run test:faults`: the quicker faults once each, in an order of chance, under load. The seed is printed
 * with what was violated; `npm run test:faults -- --seed N` goes on from there.
 */
import { expect, it } from 'vitest';
import type { FaultName } from './faults.js';
import { Chance } from './random.js';
import { runTrial } from './trial.js';

/** The others take long by themselves: servers are replaced one by one, or a dead connection is waited for. */
const short: readonly FaultName[] = [
  'worker-killed',
  'worker-frozen',
  'api-killed',
  'redis-killed',
  'network-cut',
  'network-silent',
];

it('survives one fault after the other, under load', async () => {
  const seed = Date.now() % 1_000_000;
  const strikes = new Chance(seed).shuffled(short);
  const { violations, figures } = await runTrial({
    seed,
    workers: 2,
    nextFault: () => strikes.shift(),
    pauseMsMax: 500,
    settleMsMax: 60_000,
  });
  expect({ seed, violations }).toEqual({ seed, violations: [] });
  expect(figures.acknowledged).toBeGreaterThan(100);
}, 180_000);
