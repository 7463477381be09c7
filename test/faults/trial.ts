/** One trial: a fleet under load, strikes, then peace until all is settled, and the verdict. */
import { setTimeout as pause } from 'node:timers/promises';
import { type FaultName, faults } from './faults.js';
import { Fleet, type FleetOptions } from './fleet.js';
import { Ledger } from './ledger.js';
import { settle, startLoad } from './load.js';
import { Chance } from './random.js';
import { judge, type Verdict } from './verdict.js';
import { startWitness } from './witness.js';

export interface TrialOptions extends FleetOptions {
  seed: number;
  /** The strikes, one after the other; asked for until there is none. */
  nextFault: (chance: Chance) => FaultName | undefined;
  /** Between two strikes at the most, in milliseconds. */
  pauseMsMax: number;
  /** For all jobs to end, once nothing is broken any more, in milliseconds. */
  settleMsMax: number;
}

export interface Trial extends Verdict {
  strikes: FaultName[];
  /** Of its processes and their data; kept when something was violated. */
  folder: string;
}

export async function runTrial(options: TrialOptions): Promise<Trial> {
  const { seed, nextFault, pauseMsMax, settleMsMax, print = () => {} } = options;
  const chance = new Chance(seed);
  const fleet = await Fleet.start(options);
  const stopWitness = startWitness(fleet);
  let verdict: Verdict | undefined;
  try {
    const ledger = new Ledger();
    const load = startLoad(fleet, ledger, chance.fork());
    const strikes: FaultName[] = [];
    await pause(chance.between(500, 1_500));
    for (let name = nextFault(chance); name !== undefined; name = nextFault(chance)) {
      strikes.push(name);
      print(`  ${new Date().toISOString()} ${name}`);
      await faults[name](fleet, chance);
      await pause(chance.between(0, pauseMsMax));
      // So that there is always somebody left to strike.
      await fleet.whole();
    }
    await load.stop();
    const unsettled = await settle(fleet, ledger, settleMsMax);
    await stopWitness();
    verdict = await judge(fleet, ledger, unsettled);
    return { ...verdict, strikes, folder: fleet.folder };
  } finally {
    await stopWitness();
    await fleet.stop({ keepFolder: (verdict?.violations.length ?? 1) > 0 });
  }
}
