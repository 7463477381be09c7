/**
 * The short version of `npm run test:faults`: nearly every fault once, in an order of chance, under load. The seed is printed
 * with what was violated; `npm run test:faults -- --seed N` goes on from there.
 */
import { expect, it } from 'vitest';
import { faultNames } from './faults.js';
import { Chance } from './random.js';
import { runTrial } from './trial.js';

it('survives one fault after the other, under load', async () => {
  const seed = Date.now() % 1_000_000;
  // Workers notice that one only after 15 s.
  const strikes = new Chance(seed).shuffled(faultNames.filter((name) => name !== 'network-forgotten'));
  const { violations, figures } = await runTrial({
    seed,
    nextFault: () => strikes.shift(),
    pauseMsMax: 500,
    settleMsMax: 60_000,
  });
  expect({ seed, violations }).toEqual({ seed, violations: [] });
  expect(figures.acknowledged).toBeGreaterThan(100);
}, 180_000);
