/** The flags of a run, with what they are when absent. Everything is bounded: counts by their flags, times by `--seconds`. */
import { parseArgs } from 'node:util';

export interface Options {
  /** Names of scenarios; all when empty. */
  scenarios: readonly string[];
  full: boolean;
  /** The job type of the load: `calculation`, the platform's own, or `sum`, of `bench/job-types/`. */
  type: string;
  /** Measured rounds, and those before them that only warm up. */
  rounds: number;
  warmUps: number;
  /** Length of a round under load. */
  seconds: number;
  /** Jobs of an end-to-end round, and of a drain. */
  jobs: number;
  /** Jobs of one request in a batch. */
  batch: number;
  /** Connections where a scenario does not say how many. */
  connections: number;
  /** Jobs that the platform's worker runs at once. */
  workers: number;
  /** Jobs that BullMQ's own worker runs at once in `drain`: each is tried, the best is compared. */
  rawWorkers: readonly number[];
  /** Length of a soak, and its jobs in a second. */
  minutes: number;
  rate: number;
  /** Jobs that lie there in `flatness`. */
  depths: readonly number[];
  /** Streams of events, and as many requests that wait, in `listeners`. */
  listeners: number;
  /** Jobs over which the memory of the API server is looked at, in `growth`. */
  growthJobs: number;
  /** Folder into which the servers of the platform write profiles of their processor time when they end. */
  profile: string | undefined;
  /** Where the report goes; nowhere when absent. */
  save: string | undefined;
}

/** Of the project; what is kept there is quoted in the README. */
export const resultsFolder = 'bench/results';

/** Those without a default here have another one in full. `docs/performance.md` says what each is. */
export const flags = {
  full: { type: 'boolean', default: false },
  type: { type: 'string', default: 'calculation' },
  rounds: { type: 'string' },
  'warm-ups': { type: 'string', default: '1' },
  seconds: { type: 'string' },
  jobs: { type: 'string', default: '10000' },
  batch: { type: 'string', default: '500' },
  connections: { type: 'string', default: '64' },
  workers: { type: 'string', default: '100' },
  'raw-workers': { type: 'string', default: '10,50,100,200' },
  minutes: { type: 'string', default: '10' },
  rate: { type: 'string', default: '500' },
  depths: { type: 'string' },
  listeners: { type: 'string', default: '1000' },
  'growth-jobs': { type: 'string' },
  profile: { type: 'string' },
  save: { type: 'boolean' },
  out: { type: 'string', default: resultsFolder },
} as const;

export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: flags,
  });
  const { full } = values;
  return {
    scenarios: positionals,
    full,
    type: values.type,
    rounds: number('rounds', values.rounds ?? (full ? '7' : '3'), 1),
    warmUps: number('warm-ups', values['warm-ups'], 0),
    seconds: number('seconds', values.seconds ?? (full ? '4' : '1'), 0.05),
    jobs: number('jobs', values.jobs, 1),
    batch: number('batch', values.batch, 1),
    connections: number('connections', values.connections, 1),
    workers: number('workers', values.workers, 1),
    rawWorkers: values['raw-workers'].split(',').map((text) => number('raw-workers', text, 1)),
    minutes: number('minutes', values.minutes, 0.01),
    rate: number('rate', values.rate, 1),
    depths: (values.depths ?? (full ? '0,100000,1000000' : '0,10000'))
      .split(',')
      .map((text) => number('depths', text, 0)),
    listeners: number('listeners', values.listeners, 1),
    growthJobs: number('growth-jobs', values['growth-jobs'] ?? (full ? '1000000' : '20000'), 10),
    profile: values.profile,
    // A run of some scenarios is somebody's work in progress; one of all of them is the report.
    save: (values.save ?? positionals.length === 0) ? values.out : undefined,
  };
}

function number(flag: string, text: string, min: number): number {
  const value = Number(text);
  if (!(value >= min) || text.trim() === '')
    throw new Error(`--${flag}: expected a number from ${min}, got ${JSON.stringify(text)}`);
  return value;
}
