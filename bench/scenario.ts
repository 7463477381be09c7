/** What a scenario is, and what it hands to the report. */
import type { Load } from './load/load.js';
import type { Latency } from './measure/statistics.js';
import type { Options } from './options.js';
import type { Side } from './sides/side.js';

export interface Bench {
  options: Options;
  /** Of this run; removed at its end. */
  folder: string;
  load: Load;
  /** The sides that can be measured here; a peer only where it was installed. */
  peers: readonly Side[];
  say(line: string): void;
}

export interface Scenario {
  name: string;
  /** Takes long: only where it is named, or with all in full. */
  long?: boolean;
  run(bench: Bench): Promise<Comparison[]>;
}

/** One measurement of one side. */
export interface Sample {
  value: number;
  /** Processor time for each operation by process, in microseconds; without the load generator's. */
  cpuUs?: Record<string, number>;
  latencyMs?: Latency;
  /** The load generator's own, in microseconds for each operation. */
  loadUs?: number;
}

/** Sides that were measured in turn, round after round. */
export interface Comparison {
  title: string;
  /** Of `value`: `requests/s`, `jobs/s`, `ms`, `bytes a job`. */
  unit: string;
  /** What `cpuUs` is counted for: `request`, `job`. */
  operation: string;
  /** Of each side, one sample a round. */
  samples: Record<string, Sample[]>;
  targets: Target[];
  note?: string;
}

/** `value` or processor time of one side against that of another, in the same round. */
export interface Target {
  /** Default: `jobwright`. */
  side?: string;
  against: string;
  /** `cpu` is the processor time of all its processes. */
  of: 'value' | 'cpu';
  atLeast?: number;
  atMost?: number;
}
