/** The alert rules, the dashboard and the scrape configuration under `deploy/`, held against the figures that exist. */
import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { definitions } from '../../src/metrics/definitions.js';
import { createMetrics } from '../../src/metrics/metrics.js';
import { readText } from '../support/markdown.js';

interface Figure {
  kind: string;
  labels: readonly string[];
}

/** By name, those of the process included; of a histogram the names of its samples. */
async function figuresByName(): Promise<ReadonlyMap<string, Figure>> {
  const figures = new Map<string, Figure>();
  for (const { name, kind, labels } of Object.values(definitions))
    if (kind === 'histogram') {
      figures.set(`${name}_bucket`, { kind: 'counter', labels: [...labels, 'le'] });
      for (const suffix of ['sum', 'count']) figures.set(`${name}_${suffix}`, { kind: 'counter', labels });
    } else figures.set(name, { kind, labels });
  const text = await createMetrics('api', []).text();
  for (const [, name = '', kind = ''] of text.matchAll(/^# TYPE ((?:nodejs|process)_\S+) (\S+)$/gm))
    figures.set(name, { kind, labels: [] });
  return figures;
}

const figures = await figuresByName();

/** Labels that Prometheus itself puts on what it scrapes. */
const targetLabels = ['instance', 'job'];

/** What an expression names: figures with the labels that it selects them by, and the labels that it groups by. */
function namesIn(expression: string) {
  // What Grafana puts in before it asks.
  const text = expression.replaceAll('$__rate_interval', '5m');
  const mistakes: string[] = [];
  const selectors: { name: string; labels: string[]; isRated: boolean }[] = [];
  const grouping: string[] = [];
  let range = 0;
  parser.parse(text).iterate({
    enter(node) {
      const own = text.slice(node.from, node.to);
      if (node.type.isError) mistakes.push(`${node.from}: ${text.slice(node.from)}`);
      if (node.name === 'FunctionCall' && /^(rate|increase)\(/.test(own)) range += 1;
      if (node.name === 'VectorSelector')
        selectors.push({ name: own.split('{')[0]?.trim() ?? '', labels: [], isRated: range > 0 });
      if (node.name === 'LabelName') {
        if (node.node.parent?.name === 'GroupingLabels') grouping.push(own);
        else selectors.at(-1)?.labels.push(own);
      }
    },
    leave(node) {
      if (node.name === 'FunctionCall' && /^(rate|increase)\(/.test(text.slice(node.from, node.to)))
        range -= 1;
    },
  });
  return { mistakes, selectors, grouping };
}

function check(expression: string): void {
  const { mistakes, selectors, grouping } = namesIn(expression);
  expect(mistakes, expression).toEqual([]);
  expect(selectors, expression).not.toEqual([]);
  const known = new Set(targetLabels);
  for (const { name, labels, isRated } of selectors) {
    const figure = figures.get(name);
    expect(figure, `${name} in ${expression}`).toBeDefined();
    for (const label of figure?.labels ?? []) known.add(label);
    const own = [...targetLabels, ...(figure?.labels ?? [])];
    expect(
      labels.filter((label) => !own.includes(label)),
      expression,
    ).toEqual([]);
    // A counter alone says nothing, and the rate of a gauge nothing true.
    expect(isRated, `${name} in ${expression}`).toBe(figure?.kind === 'counter');
  }
  expect(
    grouping.filter((label) => !known.has(label)),
    expression,
  ).toEqual([]);
}

describe('namesIn', () => {
  it('finds mistakes, names and labels', () => {
    expect(namesIn('sum(rate(a[5m])').mistakes).not.toEqual([]);
    expect(namesIn('sum by (x) (rate(a{b="c"}[5m])) > 1 and d == 0')).toEqual({
      mistakes: [],
      selectors: [
        { name: 'a', labels: ['b'], isRated: true },
        { name: 'd', labels: [], isRated: false },
      ],
      grouping: ['x'],
    });
  });
});

const duration = z.string().regex(/^\d+[smhd]$/);

describe('deploy/prometheus/alerts.yaml', () => {
  const rule = z.strictObject({
    alert: z.string().regex(/^Jobwright[A-Z]\w+$/),
    expr: z.string(),
    for: duration.optional(),
    labels: z.strictObject({ severity: z.enum(['info', 'warning', 'critical']) }),
    annotations: z.strictObject({ summary: z.string().min(1), description: z.string().min(1) }),
  });
  const { groups } = z
    .strictObject({ groups: z.array(z.strictObject({ name: z.string(), rules: z.array(rule).min(1) })) })
    .parse(parseYaml(readText('deploy/prometheus/alerts.yaml')));
  const rules = groups.flatMap((group) => group.rules);

  it.each(rules.map(({ alert, expr }) => [alert, expr]))('%s asks for what there is', (_, expr) =>
    check(expr),
  );

  it('has each name once, and one for all that the issue of an operator may be', () => {
    const names = rules.map(({ alert }) => alert.replace('Jobwright', ''));
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining([
        ...['NoWorkers', 'QueueAge', 'FailureRate', 'ApiErrors'],
        ...['RedisLatency', 'EventLoopLag', 'StalledJobs'],
      ]),
    );
  });
});

describe('deploy/grafana/jobwright.json', () => {
  const target = z.object({ refId: z.string(), expr: z.string(), legendFormat: z.string() });
  const place = z.strictObject({ h: z.int(), w: z.int(), x: z.int(), y: z.int() });
  const panel = z.object({
    id: z.int(),
    type: z.enum(['row', 'timeseries', 'stat']),
    title: z.string().min(1),
    gridPos: place,
    targets: z.array(target).optional(),
  });
  const variable = z.object({ name: z.string(), type: z.string(), definition: z.string().optional() });
  const dashboard = z
    .object({
      uid: z.string(),
      title: z.string(),
      schemaVersion: z.int(),
      templating: z.object({ list: z.array(variable) }),
      panels: z.array(panel),
    })
    .parse(JSON.parse(readText('deploy/grafana/jobwright.json')));
  const { panels, templating } = dashboard;
  const drawing = panels.filter(({ type }) => type !== 'row');

  it.each(drawing.map(({ title, targets = [] }) => [title, targets] as const))(
    '%s asks for what there is',
    (_, targets) => {
      expect(targets).not.toEqual([]);
      for (const { expr } of targets) check(expr);
    },
  );

  it('lays its panels side by side, each with an id of its own', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
  });

  it('uses variables that it declares, and asks for their values by figures that there are', () => {
    const names = [...templating.list.map(({ name }) => name), '__rate_interval', '__all'];
    const used = [...readText('deploy/grafana/jobwright.json').matchAll(/\$\{?(\w+)/g)].map(
      ([, name = '']) => name,
    );
    expect(used.filter((name) => !names.includes(name))).toEqual([]);
    for (const { definition } of templating.list) {
      if (definition === undefined) continue;
      const [, name = '', label = ''] = /^label_values\((\w+)(?:\{.*\})?, (\w+)\)$/.exec(definition) ?? [];
      expect(figures.get(name)?.labels, definition).toContain(label);
    }
  });

  it('shows every figure that there is, in one panel or another', () => {
    const asked = new Set(
      drawing
        .flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => namesIn(expr).selectors))
        .map(({ name }) => name),
    );
    const missing = Object.values(definitions).filter(
      ({ name }) => ![name, `${name}_bucket`].some((each) => asked.has(each)),
    );
    expect(missing.map(({ name }) => name)).toEqual([]);
  });
});

describe('deploy/prometheus/prometheus.yaml', () => {
  const config = z
    .strictObject({
      global: z.strictObject({ scrape_interval: duration, evaluation_interval: duration }),
      rule_files: z.array(z.literal('alerts.yaml')),
      scrape_configs: z.array(
        z.strictObject({
          job_name: z.string(),
          dns_sd_configs: z.array(
            z.strictObject({ names: z.array(z.string()), type: z.literal('A'), port: z.int() }),
          ),
          static_configs: z.array(z.strictObject({ targets: z.array(z.string().regex(/^[\w.]+:\d+$/)) })),
        }),
      ),
    })
    .parse(parseYaml(readText('deploy/prometheus/prometheus.yaml')));

  it('scrapes both kinds of process, under names that the alerts know', () => {
    expect(config.scrape_configs.map(({ job_name }) => job_name)).toEqual([
      'jobwright-api',
      'jobwright-worker',
    ]);
    for (const { job_name } of config.scrape_configs) expect(job_name).toMatch(/^jobwright/);
  });
});
