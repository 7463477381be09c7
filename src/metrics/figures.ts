/** The table of definitions as figures that can be counted. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { type Definition, definitions, type MetricName, type Role } from './definitions.js';

type FigureOf<Kind extends Definition['kind']> = {
  counter: Counter;
  gauge: Gauge;
  histogram: Histogram;
}[Kind];

export type Figures = { readonly [Name in MetricName]: FigureOf<(typeof definitions)[Name]['kind']> };

/** Those that the role does not tell can be counted all the same. */
export function figuresIn(registry: Registry, role: Role): Figures {
  const entries = Object.entries<Definition>(definitions).map(([key, definition]) => {
    const { kind, name, help, labels, buckets, roles } = definition;
    const options = { name, help, labelNames: labels, registers: roles.includes(role) ? [registry] : [] };
    if (kind === 'counter') return [key, new Counter(options)];
    if (kind === 'gauge') return [key, new Gauge(options)];
    return [key, new Histogram({ ...options, ...(buckets && { buckets: [...buckets] }) })];
  });
  return Object.fromEntries(entries) as Figures;
}
