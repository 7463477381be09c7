/** Again with the same choices: `npm run test:faults -- --scenario short --seed N`, with the seed that is printed. */
import { expect, it } from 'vitest';
import { shortTrial } from './short-trial.js';
import { runTrial } from './trial.js';

it('survives one fault after the other, under load', async () => {
  const seed = Date.now() % 1_000_000;
  console.log(`Faults: seed ${seed}`);
  const { violations, figures } = await runTrial(shortTrial(seed));
  expect({ seed, violations }).toEqual({ seed, violations: [] });
  expect(figures.acknowledged).toBeGreaterThan(100);
}, 180_000);
