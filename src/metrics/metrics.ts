/**
 * The figures of one process, and what Prometheus reads of them. Facts are counted where they arise, by one call;
 * what is a state is looked up when somebody asks (`onScrape`). What its role does not tell can be counted all the same.
 */
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { JobCounts } from '../queue/job-counts.js';
import { version } from '../version.js';
import type { Role } from './definitions.js';
import { type Figures, figuresIn } from './figures.js';
import { type CountedType, countsOf, type LabelsOf, labelsOfTypes, startAtZero } from './job-figures.js';

export interface Metrics {
  readonly figures: Figures;
  /** For the queue. */
  readonly counts: JobCounts;
  /** The labels of a job type. */
  readonly labelsOf: LabelsOf;
  readonly contentType: string;
  /** Called before each scrape, to set what is a state. Must not throw. */
  onScrape(look: () => void | Promise<void>): void;
  /** What Prometheus reads. */
  text(): Promise<string>;
}

/** Of Node's own figures those that break Prometheus's rules; others say the same. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** @param types Whose jobs are counted under their names; all others are `other`. */
export function createMetrics(role: Role, types: readonly CountedType[]): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);
  const figures = figuresIn(registry, role);
  const labelsOf = labelsOfTypes(types);
  figures.buildInfo.set({ version, role }, 1);
  startAtZero(figures, types, labelsOf);
  const looks: (() => void | Promise<void>)[] = [];
  return {
    figures,
    counts: countsOf(figures, types, labelsOf),
    labelsOf,
    contentType: registry.contentType,
    onScrape: (look) => void looks.push(look),
    async text() {
      await Promise.all(looks.map((look) => look()));
      return registry.metrics();
    },
  };
}
