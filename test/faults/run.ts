/**
 * `npm run test:faults`: trials until the time is over, each with a fleet of its own. Prints the seed, the strikes, the
 * figures and what was violated; exits 1 when anything was.
 */
import { parseArgs } from 'node:util';
import { type FaultName, faultNames, needsGroup } from './faults.js';
import { shortTrial } from './short-trial.js';
import { runTrial, type TrialOptions } from './trial.js';

const usage = `npm run test:faults -- [--minutes N] [--seed N] [--scenario NAME]

  --minutes N      How long to strike, over all scenarios (default 5).
  --seed N         Of the choices: which strike, when, at whom, which requests (default: chance; printed).
  --scenario NAME  ${['mixed', ...faultNames].join(', ')} (default: each of them in turn);
                   short: what npm test does, whatever --minutes says.
`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    scenario: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
type Scenario = 'short' | 'mixed' | FaultName;
const inTurn: readonly Scenario[] = ['mixed', ...faultNames];
const chosen =
  values.scenario === undefined
    ? inTurn
    : (['short', ...inTurn] as const).filter((name) => name === values.scenario);
if (values.help || !(minutes > 0) || !Number.isSafeInteger(seed) || chosen.length === 0) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}

const msEach = (minutes * 60_000) / chosen.length;
let violated = 0;
for (const [index, scenario] of chosen.entries()) {
  console.log(`\n── ${scenario} (${index + 1} of ${chosen.length}), seed ${seed}`);
  const { figures, strikes, violations, folder } = await runTrial({
    ...(scenario === 'short' ? shortTrial(seed) : longTrial(scenario)),
    print: console.log,
  });
  console.log(`  ${strikes.length} strikes`);
  for (const [name, value] of Object.entries(figures)) console.log(`  ${name.padEnd(16)}${value}`);
  for (const violation of violations.slice(0, 20)) console.log(`  VIOLATED: ${violation}`);
  if (violations.length > 0) {
    console.log(`  ${violations.length} violations. Data: ${folder}`);
    console.log(
      `  Again: npm run test:faults -- --seed ${seed} --scenario ${scenario} --minutes ${msEach / 60_000}`,
    );
  }
  violated += violations.length;
}
console.log(violated === 0 ? '\nNothing was violated.' : `\n${violated} violations.`);
process.exit(violated === 0 ? 0 : 1);

function longTrial(scenario: 'mixed' | FaultName): TrialOptions {
  const mixable = faultNames.filter((name) => !needsGroup(name));
  // From the first strike on, of which there is at least one.
  let untilMs = Infinity;
  return {
    isGroup: scenario !== 'mixed' && needsGroup(scenario),
    // Replayed alone, a scenario makes the same choices.
    seed: seed + inTurn.indexOf(scenario),
    nextFault: (chance) => {
      if (Date.now() > untilMs) return undefined;
      untilMs = Math.min(untilMs, Date.now() + msEach);
      return scenario === 'mixed' ? chance.oneOf(mixable) : scenario;
    },
    pauseMsMax: 1_500,
    settleMsMax: 120_000,
  };
}
